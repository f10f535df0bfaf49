"""Set-up: everything behind `install.py`. Standard library only, except `inside.py`, which runs in the environment."""

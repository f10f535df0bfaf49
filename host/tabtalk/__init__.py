"""Tabtalk's host: everything that `install.py` and `native_host.py` both use, one noun a file."""

__version__ = "0.1.0"

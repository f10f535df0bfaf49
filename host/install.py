"""Sets up Tabtalk: `python host/install.py`, and `--help`.

Any Python, 2.7 too, can read this file, so that one that is too old says so in words; all else is imported after that.
"""
# ruff: noqa: ANN201, PTH110, PTH118, PTH120, PTH100, PTH123, S603, UP010, UP031, RUF005

from __future__ import print_function

import os
import subprocess
import sys

NEEDED = (3, 11)


def newer_python():
    # type: () -> str | None
    """The command of a Python on the PATH that is new enough."""
    for minor in range(20, NEEDED[1] - 1, -1):
        command = "python3.%d" % minor
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            path = os.path.join(folder, command)
            if not os.access(path, os.X_OK):
                continue
            try:
                # Shims of version managers stand for Pythons that may not be there.
                with open(os.devnull, "w") as nowhere:
                    if subprocess.call([path, "-c", ""], stdout=nowhere, stderr=nowhere) == 0:
                        return command
            except OSError:
                pass
    return None


def too_old():
    # type: () -> str
    """What happened and what to do, for the person."""
    found = newer_python()
    if found:
        mend = "run: " + " ".join([found, sys.argv[0] or "host/install.py"] + sys.argv[1:])
    elif os.path.exists("/usr/bin/apt-get"):
        mend = (
            "run: apt-get install python3 (Debian 12, Ubuntu 24.04 and later have a new enough one), or see python.org"
        )
    else:
        mend = "install a newer one from python.org, then run this again with it."
    needed = ".".join(str(part) for part in NEEDED)
    this = ".".join(str(part) for part in sys.version_info[:3])
    said = "Tabtalk needs Python {0} or newer; this is Python {1} ({2}).\nWhat to do: {3}"
    return said.format(needed, this, sys.executable, mend)


def main():
    # type: () -> int
    """The exit status."""
    if sys.version_info < NEEDED:
        sys.stderr.write(too_old() + "\n")
        return 1
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from tabtalk.setup import cli

    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

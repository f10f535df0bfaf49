"""Chaos runs: the whole host stack for real, over seeds, with a network and a service that misbehave.

    python tests/chaos/run.py --seeds 200          seeds 0 to 199
    python tests/chaos/run.py --seed 17            one again, with its script and the host's log
    python tests/chaos/run.py --seeds 40 --from 200

Prints the counts; a seed that breaks a promise is printed with its script and what was broken. The exit status is 0 only
when none does. Linux only: it asks the system what was under way when a connection was cut. Standard library only until
the checks' own environment is there.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import run as checks  # noqa: E402 (the path above)


def main() -> int:
    try:
        checks.install_python()
    except checks.Failure as failure:
        print(failure)
        return 1
    return subprocess.run([str(checks.PYTHON), str(HERE / "seeds.py"), *sys.argv[1:]], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

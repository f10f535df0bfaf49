"""The one benchmark command: `python tests/bench/run.py`.

Prints medians beside what they are compared to, measured in the same run. Standard library only until the checks' own
environment is there; `measure.py` does the measuring in it.
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
        checks.install_system(stage=True)
        checks.install_python()
    except checks.Failure as failure:
        print(failure)
        return 1
    return subprocess.run([str(checks.PYTHON), str(HERE / "measure.py"), *sys.argv[1:]], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

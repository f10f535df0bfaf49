"""Makes what a release consists of: `.venv/bin/python tools/package.py`, and `--help`.

In `dist`: the extension for the store, the host as wheel and sdist, the notes, and the sums of all. The same commit gives the
same bytes. What must not be released is refused, all of it at once.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

from release import Refused, extension, history, host, versions

ROOT = Path(__file__).resolve().parent.parent


def package(root: Path, target: Path, tag: str | None = None) -> list[Path]:
    """The files made, in `target`, in place of those of an earlier run. Raises `Refused` with nothing made."""
    privacy = (root / "docs" / "PRIVACY.md").read_text("utf-8")
    version = versions.agreed(root, tag)
    found = history.findings(root, changed_too=tag is not None)
    try:
        packed = extension.contents(root / "extension", privacy)
    except Refused as refused:
        found += refused.findings
    if found:
        raise Refused(found)
    notes = versions.notes((root / "CHANGELOG.md").read_text("utf-8"), version, dated=tag is not None)
    moment = history.moment(root)
    with tempfile.TemporaryDirectory() as name:
        made = Path(name)
        extension.write_zip(made / f"tabtalk-{version}.zip", packed, moment)
        host.build(root, made, moment)
        (made / "NOTES.md").write_text(notes, "utf-8", newline="\n")
        sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted(made.iterdir())]
        (made / "SHA256SUMS").write_text("".join(sums), "utf-8", newline="\n")
        target.mkdir(parents=True, exist_ok=True)
        for earlier in target.glob("tabtalk-*"):
            earlier.unlink()
        return [Path(shutil.copy(file, target)) for file in sorted(made.iterdir())]


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description="Makes the files of a release.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="the folder for them")
    parser.add_argument(
        "--tag", help="what is released, such as v1.2.3: all must be committed, and the changelog dated"
    )
    chosen = parser.parse_args()
    try:
        made = package(ROOT, chosen.out, chosen.tag)
    except Refused as refused:
        print("Nothing was made.", *refused.findings, sep="\n  ", file=sys.stderr)
        return 1
    print(*made, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

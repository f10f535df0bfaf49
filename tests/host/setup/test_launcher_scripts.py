"""`setup/launcher_scripts.py`: which shell scripts only start a Snap or a Flatpak."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tabtalk.setup import launcher_scripts

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Snap and Flatpak are for Linux")

UBUNTU = """#!/bin/sh

if ! [ -x /snap/bin/chromium ]; then
    echo "" >&2
    echo "Command '$0' requires the chromium snap to be installed." >&2
    echo "Please install it with:" >&2
    echo "" >&2
    echo "snap install chromium" >&2
    echo "" >&2
    exit 1
fi

exec /snap/bin/chromium "$@"
"""
FLATPAK_EXPORT = """#!/bin/sh

exec /usr/bin/flatpak run --branch=stable --arch=x86_64 com.google.Chrome "$@"
"""
# Shaped like Google's: an exec that only redirects, a command in parentheses, and a program from a variable.
GOOGLE = """#!/bin/bash
#
# Uses the bundled libraries, also where a snap or flatpak run of another browser set LD_LIBRARY_PATH.
export CHROME_WRAPPER="`readlink -f "$0"`"
HERE="`dirname "$CHROME_WRAPPER"`"
if [[ -n "$SNAP" ]]; then
  export PATH="/snap/bin:$PATH"
fi
exec < /dev/null
exec > >(exec cat)
exec 2> >(exec cat >&2)
exec -a "$0" "$HERE/chrome" "$@"
"""
# Shaped like Debian's: patterns of `case`, `$#`, a text over several lines, programs from variables.
DEBIAN = """#!/bin/sh
APPNAME=chromium
LIBDIR=/usr/lib/$APPNAME
no_sse3="\\
This hardware can't run it. Instead use:
snap run chromium
"
case `uname -m` in
    i386|x86_64)
        grep -q sse3 /proc/cpuinfo || { echo "$no_sse3"; exit 1; }
        ;;
    /snap/bin/chromium) ;;
esac
while [ $# -gt 0 -a $# -ne 3 ]; do shift; done
if [ "$want_temp_profile" ] ; then
    $LIBDIR/$APPNAME $CHROMIUM_FLAGS "$@"
    rm -rf $TEMP_PROFILE
else
    exec $LIBDIR/$APPNAME $CHROMIUM_FLAGS "$@"
fi
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on the PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def write_program(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


CONFINED = {
    "Ubuntu's script": (UBUNTU, "snap"),
    "snap run": ("#!/bin/sh\nexec snap run chromium\n", "snap"),
    "snap run with a path and options": ('#!/bin/bash -e\n/usr/bin/snap run --shell chromium "$@"\n', "snap"),
    "the folder of other systems": ('#!/bin/sh\nexec /var/lib/snapd/snap/bin/chromium "$@"\n', "snap"),
    "a path in quotes": ("#!/bin/sh\nexec '/snap/bin/chromium' \"$@\"\n", "snap"),
    "variables and options before": (
        '#!/usr/bin/env bash\nGTK_THEME=a exec -a "$0" env -u LANG X=1 /snap/bin/brave "$@"\n',
        "snap",
    ),
    "after a condition": ('#!/bin/sh\n[ -n "$1" ] && exec /snap/bin/chromium "$@"; exec /snap/bin/chromium\n', "snap"),
    "a line that goes on": ('#!/bin/sh\nexec \\\n  snap \\\n  run chromium "$@"\n', "snap"),
    "in a function": ('#!/bin/sh\nstart() { exec /snap/bin/chromium "$@"; }\nstart "$@"\n', "snap"),
    "a comment behind": ("#!/bin/sh\nexec snap run chromium # not exec chromium\n", "snap"),
    "an ordinary browser that is not there": (
        '#!/bin/sh\n[ -x /nowhere/chrome ] && exec /nowhere/chrome "$@"\nexec /snap/bin/chromium "$@"\n',
        "snap",
    ),
    "all arguments in one": ("#!/bin/sh\n/snap/bin/chromium $*\n", "snap"),
    "the export of a Flatpak": (FLATPAK_EXPORT, "flatpak"),
    "flatpak run": ("#!/bin/sh\nexec flatpak run com.google.Chrome\n", "flatpak"),
    "flatpak run of one user": ('#!/bin/sh\nexec flatpak --user run org.chromium.Chromium "$@"\n', "flatpak"),
}
ORDINARY = {
    "Google's script": GOOGLE,
    "Debian's script": DEBIAN,
    "only a comment": '#!/bin/sh\n# exec /snap/bin/chromium "$@"\n: # snap run chromium\nexec /bin/sh "$@"\n',
    "only a test": "#!/bin/sh\nif [ -x /snap/bin/chromium ]; then echo snap run chromium; fi\nexec /bin/sh\n",
    "only words": "#!/bin/sh\necho 'exec /snap/bin/chromium'\necho \"\nsnap run chromium\n\"\n",
    "another command of snap": "#!/bin/sh\nsnap list chromium\nflatpak info com.google.Chrome\n",
    "an ordinary browser where there is one": (
        '#!/bin/sh\n[ -x /bin/sh ] && exec /bin/sh "$@"\nexec /snap/bin/chromium "$@"\n'
    ),
    "another language": "#!/usr/bin/python3\nimport os\nos.path.exists('/snap/bin/chromium')\n(\n'/snap/bin/chromium')\n",
    "no first line": 'exec /snap/bin/chromium "$@"\n',
    "a quote that does not end": '#!/bin/sh\necho "\n# /snap/bin/chromium\n',
    "empty": "",
}


@pytest.mark.parametrize(("text", "kind"), CONFINED.values(), ids=CONFINED)
def test_recognises_a_script_that_starts_a_package(text: str, kind: str, folder: Path) -> None:
    assert launcher_scripts.find_package_kind(write_program(folder / "browser", text)) == kind


@pytest.mark.parametrize("text", ORDINARY.values(), ids=ORDINARY)
def test_takes_every_other_script_for_an_ordinary_program(text: str, folder: Path) -> None:
    assert launcher_scripts.find_package_kind(write_program(folder / "browser", text)) == ""


@pytest.mark.skipif(not Path("/usr/bin/chromium").is_file(), reason="no Chromium of Debian here")
def test_takes_debians_chromium_for_an_ordinary_program() -> None:
    assert launcher_scripts.find_package_kind(Path("/usr/bin/chromium")) == ""


def test_follows_symbolic_links_and_scripts_that_start_scripts(folder: Path) -> None:
    script = write_program(folder / "chromium-browser", UBUNTU)
    (folder / "link").symlink_to(script)
    by_path = write_program(folder / "by-path", f'#!/bin/sh\nexec {folder / "link"} --flag "$@"\n')
    by_name = write_program(folder / "by-name", '#!/bin/sh\nby-path "$@"\n')
    assert [launcher_scripts.find_package_kind(path) for path in (folder / "link", by_path, by_name)] == ["snap"] * 3


def test_knows_the_programs_of_snap_itself(folder: Path) -> None:
    snap = write_program(folder / "snap", "\x7fELF")
    (folder / "chromium").symlink_to(snap)
    assert launcher_scripts.find_package_kind(folder / "chromium") == "snap"
    assert launcher_scripts.find_package_kind(Path("/snap/bin/no-such-browser")) == "snap"
    assert launcher_scripts.find_package_kind(folder / "no-such-browser") == ""


def test_a_script_that_starts_itself_ends_the_search(folder: Path) -> None:
    program = write_program(folder / "chromium", '#!/bin/sh\nexec chromium "$@"\n')
    assert launcher_scripts.find_package_kind(program) == ""


def test_reads_only_the_beginning_of_a_huge_file(folder: Path) -> None:
    program = write_program(folder / "chromium", UBUNTU)
    os.truncate(program, 1 << 40)
    assert launcher_scripts.find_package_kind(program) == ""


def test_takes_what_cannot_be_read_for_an_ordinary_program(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = folder / "binary"
    binary.write_bytes(b"\x7fELF\0\n/snap/bin/chromium\n")
    os.mkfifo(folder / "pipe", 0o755)
    (folder / "loop").symlink_to(folder / "loop")
    for path in (binary, folder / "pipe", folder / "loop", folder):
        assert launcher_scripts.find_package_kind(path) == ""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    program = write_program(folder / "chromium", UBUNTU)
    # Root may read every file, so the mode alone would not show it.
    monkeypatch.setattr(Path, "open", refuse)
    assert launcher_scripts.find_package_kind(program) == ""

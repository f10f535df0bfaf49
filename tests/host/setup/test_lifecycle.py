"""Install, upgrade, an older set-up that is refused, uninstall: twice over, with real environments, and nothing left."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tabtalk import __version__
from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import run_in_thread

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform == "win32", reason="the folders are those of Unix"),
]
ROOT = Path(__file__).parents[3]
NEWER = "99.0.0"
KEY = "AIzaCANARY0123456789abcdefghijklmnopqrs"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """In a folder with blanks and Chinese characters: a browser, and what is of others."""
    home = tmp_path / "我的 家 & home"
    for name, content in {
        "bin/chromium": "#!/bin/sh\nexit 1\n",
        "config/chromium/Default/Preferences": "{}",
        "config/chromium/NativeMessagingHosts/org.example.other.json": "{}",
        "data/other/file": "of another program",
    }.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(content)
    (home / "bin/chromium").chmod(0o755)
    (home / "tmp").mkdir()
    return home


@pytest.fixture
def env(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "DBUS_", "PYTHON"))}
    # What is downloaded need not be downloaded again; it is not what this is about.
    cache = os.environ.get("PIP_CACHE_DIR") or str(Path.home() / ".cache" / "pip")
    return {
        **kept,
        **{f"XDG_{name}_HOME": str(home / name.lower()) for name in ("DATA", "CONFIG", "STATE")},
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        # The first Python is the one that runs this.
        "PATH": os.pathsep.join([str(home / "bin"), str(Path(sys.base_prefix) / "bin"), os.environ["PATH"]]),
        "PIP_CACHE_DIR": cache,
        # pip asks rustc for its version, and where that is rustup's it makes a folder of its own.
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME") or str(Path.home() / ".rustup"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }


def checkout(folder: Path, version: str) -> str:
    """A copy of this repository that says it is `version`; the command of its set-up."""
    for name in ("host", "extension"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("host/tabtalk/__init__.py", "extension/manifest.json"):
        text = (folder / name).read_text("utf-8")
        assert text.count(f'"{__version__}"') == 1
        (folder / name).write_text(text.replace(f'"{__version__}"', f'"{version}"'), "utf-8")
    return f"python3 '{folder}/host/install.py'"


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Each file, folder and link below: its mode, and what is in it."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mode,
            os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(folder.rglob("*"))
    }


def test_installed_upgraded_not_downgraded_and_removed_twice_over(
    home: Path, env: dict[str, str], tmp_path: Path
) -> None:
    def run(command: str, status: int = 0, stdin: str = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["sh", "-c", command], env=env, input=stdin, capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done

    older, newer = (checkout(tmp_path / f"检出 of {version}", version) for version in (__version__, NEWER))
    before = everything(home)

    def installed() -> str:
        return str(json.loads((home / "data/tabtalk/extension/manifest.json").read_bytes())["version"])

    def life(remove: str) -> None:
        """`remove` is the command that ends it; `{copy}` in it stands for that of the newer one's refusal."""
        with run_in_thread(PracticeServer()) as service:
            (tmp_path / "ca.pem").write_text(service.ca_pem)
            run(f"{older} --key-file - --base-url {service.base_url} --ca-file ca.pem", stdin=KEY)
            assert installed() == __version__
            run(f"{older} --check")
            run(f"{newer} --yes")
            assert installed() == NEWER
            said = json.loads(run(f"{newer} --check --json").stdout)
            assert said["healthy"]
            assert (home / "config/tabtalk/api-key").read_text() == KEY, "what was given before stays"

            upgraded = everything(home)
            refused = run(f"{older} --yes", status=1).stderr
            assert f"Tabtalk {NEWER} is installed here, which is newer than this, {__version__}." in refused
            assert everything(home) == upgraded
            mend = refused.partition("What to do: use the newer one: ")[2].strip()
            again, _, removal = mend.partition("; or remove it first, with its settings and the key: ")
            run(f"{again} --yes")
            assert installed() == NEWER
            run(remove.format(copy=removal))
        assert everything(home) == before

    life("{copy}")
    life(f"{older} --uninstall")

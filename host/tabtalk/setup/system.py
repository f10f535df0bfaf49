"""The operating system's own packages: what is missing, and the command that installs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tabtalk.setup.console import SetupError

if TYPE_CHECKING:
    from tabtalk.setup.console import Steps

OS_RELEASE = Path("/etc/os-release")
_MANAGERS = {
    "apt-get": "apt-get install {}",
    "dnf": "dnf install {}",
    "pacman": "pacman -S {}",
    "zypper": "zypper install {}",
    "brew": "brew install --cask {}",
}


def is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def can_apt() -> bool:
    """Debian or one of its kin, and the right to install there."""
    return is_root() and _is_debian() and shutil.which("apt-get") is not None


def install_command(package: str) -> str:
    """The command that installs a package here; empty where none is known."""
    for manager, command in _MANAGERS.items():
        if shutil.which(manager):
            prefix = "" if is_root() or manager == "brew" else "sudo "
            return prefix + command.format(package)
    return ""


def apt_install(package: str, what: str, steps: Steps) -> None:
    """Installs a package of Debian and says so. Raises `SetupError`."""
    steps.detail(f"Installing {what} (needed once) with: apt-get install {package}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", package]):
        done = subprocess.run(
            ["apt-get", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        # An index that is partly out of reach may still hold what is needed.
        if done.returncode and arguments[0] == "install":
            said = [line for line in done.stdout.splitlines() if line.startswith("E:")] or ["no reason given"]
            raise SetupError(
                f"{what} could not be installed: {said[-1]}", f"run it yourself and see: apt-get install {package}"
            )


def chromium_is_a_snap() -> bool:
    """On Ubuntu the package `chromium` only brings a Snap. Its relatives have packages of their own."""
    return _release().get("ID") == "ubuntu"


def _is_debian() -> bool:
    facts = _release()
    return bool({"debian", "ubuntu"} & set(f"{facts.get('ID', '')} {facts.get('ID_LIKE', '')}".split()))


def _release() -> dict[str, str]:
    """What /etc/os-release says of the system, without quotes; empty where there is none."""
    try:
        text = OS_RELEASE.read_text("utf-8", "replace")
    except OSError:
        return {}
    facts = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {name: value.strip("\"'") for name, value in facts}

"""The registry of Windows, as far as it leads browsers to hosts: the default values of keys below HKEY_CURRENT_USER."""

from __future__ import annotations

import contextlib
import importlib
from typing import Any


def write(key: str, manifest: str) -> None:
    winreg = _winreg()
    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, key) as handle:
        winreg.SetValueEx(handle, "", 0, winreg.REG_SZ, manifest)


def read(key: str) -> str | None:
    """The path of the manifest, or None where there is no such key."""
    winreg = _winreg()
    with contextlib.suppress(OSError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as handle:
        value, _kind = winreg.QueryValueEx(handle, "")
        return str(value)
    return None


def delete(key: str) -> None:
    winreg = _winreg()
    with contextlib.suppress(FileNotFoundError):
        winreg.DeleteKey(winreg.HKEY_CURRENT_USER, key)


def _winreg() -> Any:
    # Only Windows has it, and the type checker looks at Linux.
    return importlib.import_module("winreg")

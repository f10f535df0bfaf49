"""The packages of the private environment, as that environment's own Python sees them, against the lock file."""

from __future__ import annotations

import importlib
import re
from importlib import metadata

MODULES = ("google.genai", "keyring", "tomlkit", "truststore", "trustme", "websockets")
"""What the host imports."""
_PIN = re.compile(r"([A-Za-z0-9._-]+)==([^\s;\\]+)(\s*;)?")


def pinned(lock: str) -> dict[str, tuple[str | None, ...]]:
    """The versions that each package may have; None among them where some systems do without it."""
    found: dict[str, tuple[str | None, ...]] = {}
    for line in lock.splitlines():
        if pin := _PIN.match(line):
            name, version, conditional = pin.groups()
            found[name] = (*found.get(name, ()), version, *((None,) if conditional else ()))
    return found


def installed_version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def not_loading() -> list[str]:
    """A sentence for each module that is there and cannot be imported."""
    broken = []
    for module in MODULES:
        try:
            importlib.import_module(module)
        except Exception as error:  # noqa: BLE001 (a broken package may raise anything)
            broken.append(f"{module} does not load ({type(error).__name__})")
    return broken

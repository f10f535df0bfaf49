"""A person's folders for one host, temporary, with a key and the address of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabtalk import paths, profiles, settings

if TYPE_CHECKING:
    from pathlib import Path

KEY = "AIzaSyCHAOS-0123456789-abcdefghijklmnop"


class Home:
    """`env` sends the host's files here."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.env = {"HOME": str(folder)}
        for name in ("CONFIG", "STATE", "DATA", "CACHE"):
            self.env[f"XDG_{name}_HOME"] = str(folder / name.lower())
        self.log = folder / "state" / paths.NAME / "log" / "host.log"

    def use(self, base_url: str, ca_pem: str, key: str = KEY, *, park_s: float = 0.0) -> None:
        """As set-up leaves it on a machine without a keychain. `park_s`: 0 for never."""
        config = self._folder / "config" / paths.NAME
        ca_file = self._folder / "authority.pem"
        ca_file.write_text(ca_pem)
        paths.write_private(config / "api-key", key.encode())
        settings.change(config / "settings.toml", base_url=base_url, ca_file=str(ca_file))
        profiles.put(profiles.Profile("default", "file"), config / "settings.toml")
        settings.change(config / "settings.toml", park_minutes=f"{park_s / 60:.3f}")

"""A browser profile and the person's folders, all temporary, with the host of the working tree registered in it."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import stat
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from stage.process import wait_until
from tabtalk import paths, profiles, settings
from tabtalk.protocol import EXTENSION_ORIGIN, HOST_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = Path(__file__).resolve().parents[3] / "host" / "native_host.py"
KEY_CANARY = "AIzaSyCANARY-0123456789-abcdefghijklmno"
"""The key of every test that has one: found anywhere but in the key file and the TLS request, it has leaked."""


class Profile:
    """`env` sends every program's files here."""

    def __init__(self, folder: Path, *, host: Path | None = HOST) -> None:
        """`host=None` leaves the host unregistered."""
        self.folder = folder
        self.user_data_dir = folder / "browser"
        self.home = folder / "home"
        self.env = {
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CACHE_HOME": str(folder / "cache"),
        }
        for made in (self.user_data_dir, *map(Path, self.env.values())):
            made.mkdir(parents=True)
        self.settings_file = folder / "config" / paths.NAME / "settings.toml"
        self.key_file = folder / "config" / paths.NAME / "api-key"
        self.log_dir = folder / "state" / paths.NAME / "log"
        if host:
            self.register(host)

    def register(self, host: Path = HOST, variables: dict[str, str] | None = None) -> None:
        """Makes the browser start `host` with this Python. `variables` are added to its environment."""
        added = " ".join(f"{name}={shlex.quote(value)}" for name, value in (variables or {}).items())
        command = shlex.join([sys.executable, "-I", str(host)])
        # `exec`: the browser kills its direct child only.
        self.register_command(f'exec env {added} {command} "$@"' if added else f'exec {command} "$@"')

    @contextmanager
    def hosts_held(self) -> Iterator[None]:
        """A host that is started meanwhile begins when this ends."""
        gate = self.folder / "gate"
        os.mkfifo(gate)
        command = shlex.join([sys.executable, "-I", str(HOST)])
        self.register_command(f'read -r _ <{shlex.quote(str(gate))}; exec {command} "$@"')
        yield

        def waited_at() -> IO[bytes] | None:
            with contextlib.suppress(OSError):  # as long as nobody reads
                return open(os.open(gate, os.O_WRONLY | os.O_NONBLOCK), "wb")
            return None

        with wait_until(waited_at, "a host at the gate") as opened:
            self.register()
            opened.write(b"go\n")
        gate.unlink()

    def register_command(self, command: str) -> None:
        """Makes the browser start a line of shell."""
        launcher = self.folder / "native-host"
        # In its place at once: the one before may just be starting.
        made = launcher.with_suffix(".new")
        made.write_text(f"#!/bin/sh\n{command}\n")
        made.chmod(stat.S_IRWXU)
        made.replace(launcher)
        manifest = {
            "name": HOST_NAME,
            "description": "Tabtalk",
            "path": str(launcher),
            "type": "stdio",
            "allowed_origins": [f"{EXTENSION_ORIGIN}/"],
        }
        self.manifest_file.parent.mkdir(exist_ok=True)
        self.manifest_file.write_text(json.dumps(manifest))

    @property
    def manifest_file(self) -> Path:
        return self.user_data_dir / "NativeMessagingHosts" / f"{HOST_NAME}.json"

    def unregister(self) -> None:
        self.manifest_file.unlink()

    def use_endpoint(self, base_url: str, ca_pem: str, key: str | None = KEY_CANARY) -> None:
        """A key in a file, as on a machine without a keychain, and another Live endpoint, as for a gateway."""
        ca_file = self.folder / "authority.pem"
        ca_file.write_text(ca_pem)
        settings.change(self.settings_file, base_url=base_url, ca_file=str(ca_file))
        if key is not None:
            paths.write_private(self.key_file, key.encode())
            profiles.put(profiles.Profile(profiles.DEFAULT, "file"), self.settings_file)

    def hosts(self, origin: str = EXTENSION_ORIGIN) -> list[int]:
        """Process ids of the hosts that this profile's browser started for an extension."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().split(b"\0")
                environment = (folder / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            mine = f"XDG_STATE_HOME={self.env['XDG_STATE_HOME']}".encode() in environment
            if mine and origin.encode() in b" ".join(command) and folder.name != str(os.getpid()):
                found.append(int(folder.name))
        return found

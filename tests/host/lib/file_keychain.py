"""A keychain whose entries are in a file, for programs that are started: `keyring` finds it by its own configuration.

`TABTALK_TEST_KEYCHAIN` names the file. `locked` in it instead of entries: the keychain is locked; `hangs`: it never answers.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

CONFIGURATION = "[backend]\ndefault-keyring=file_keychain.FileKeychain\nkeyring-path={folder}\n"


class FileKeychain(KeyringBackend):
    priority = 1

    def _entries(self) -> dict[str, str]:
        text = Path(os.environ["TABTALK_TEST_KEYCHAIN"]).read_text("utf-8")
        if text == "locked":
            raise KeyringLocked
        if text == "hangs":
            threading.Event().wait(60)
        return dict(json.loads(text))

    def _write(self, entries: dict[str, str]) -> None:
        Path(os.environ["TABTALK_TEST_KEYCHAIN"]).write_text(json.dumps(entries), "utf-8")

    def get_password(self, service: str, username: str) -> str | None:
        return self._entries().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._write({**self._entries(), f"{service}/{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        entries = self._entries()
        del entries[f"{service}/{username}"]
        self._write(entries)

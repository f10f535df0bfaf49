"""`tabtalk/keychain.py` with the real keychain of a Linux desktop (GNOME's), in a session of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not shutil.which("gnome-keyring-daemon"), reason="needs gnome-keyring, which tests/run.py installs"
    ),
]
HOST = Path(__file__).parents[2] / "host"
KEY, OTHER = "AIzaDEFAULT123456789abcdefghijklmnopqr", "AIzaWORK123456789abcdefghijklmnopqrst"
UNLOCK = "printf pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec {python} -c '{program}'"
BEGIN = """
import json, sys
import secretstorage
from tabtalk import keychain, keys, paths

said = {}
connection = secretstorage.dbus_init()
collection = secretstorage.get_default_collection(connection)

def entries():
    return sorted(item.get_attributes()["username"] for item in collection.search_items({"service": "tabtalk"}))

said["stored"] = [keys.store_key(sys.argv[1]).where, keys.store_key(sys.argv[2], "work").where]
said["read"] = keys.read_key().where
said["entries"] = entries()
"""
REMOVE = (
    BEGIN
    + """
paths.settings_file().write_text("damaged [")
said["problems"] = keys.delete_all()
said["left"] = entries()
print(json.dumps(said))
"""
)
LOCK = (
    BEGIN
    + """
collection.lock()
placed = keys.store_key(sys.argv[1])
said["locked"] = [placed.where, placed.why]
said["problems"] = keys.delete_all()
said["file"] = paths.key_file().exists()
print(json.dumps(said))
"""
)


def run(program: str, home: Path) -> dict[str, Any]:
    shell = f"{UNLOCK.format(python=sys.executable, program=program.replace(chr(39), chr(34)))} {KEY} {OTHER}"
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "PYTHONPATH": str(HOST),
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", shell], env=env, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_keys_are_kept_and_removed_although_the_settings_are_damaged(tmp_path: Path) -> None:
    assert run(REMOVE, tmp_path) == {
        "stored": ["keychain", "keychain"],
        "read": "keychain",
        "entries": ["gemini-api-key", "gemini-api-key.work"],
        "problems": [],
        "left": [],
    }


def test_f29_a_locked_keychain_sends_the_key_to_a_file_and_its_old_entries_are_named(tmp_path: Path) -> None:
    said = run(LOCK, tmp_path)
    where, why = said["locked"]
    assert where == "file"
    assert "locked" in why or "did not answer" in why or "failed" in why
    (problem,) = said["problems"]
    assert "'tabtalk' / 'gemini-api-key' and 'tabtalk' / 'gemini-api-key.work'" in problem
    assert not said["file"]

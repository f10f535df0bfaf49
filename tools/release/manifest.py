"""What the extension's manifest may say: no more than has been reviewed, and what the store takes."""

from __future__ import annotations

import json
import re
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

REVIEWED_KEYS = frozenset({
    "action", "background", "commands", "content_security_policy", "default_locale", "description",
    "externally_connectable", "icons", "incognito", "key", "manifest_version", "minimum_chrome_version", "name",
    "optional_host_permissions", "options_ui", "permissions", "storage", "version",
})  # fmt: skip
"""Any other gives the extension a way to or from somewhere: host permissions, content scripts, pages open to the web."""
REVIEWED_SOURCES = frozenset({"'none'", "'self'", "blob:", "ws://127.0.0.1:*"})
"""Where the extension's pages may take anything from."""
REVIEWED_SCRIPTS = frozenset({"'none'", "'self'"})
LONGEST = {"name": 75, "description": 132}
"""Characters, in every language: the store's own limits."""
_STORE_ONLY = "key"
"""The store has the key itself, and takes no manifest that names one; unpacked, the id follows from it."""


def read(folder: Path) -> dict[str, Any]:
    """Raises `OSError` and `ValueError`."""
    value: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    return value


def for_store(manifest: dict[str, Any]) -> bytes:
    kept = {name: value for name, value in manifest.items() if name != _STORE_ONLY}
    return json.dumps(kept, indent=2, ensure_ascii=False).encode() + b"\n"


def told_permissions(privacy: str) -> set[str]:
    """Those of the table in PRIVACY.md, which is where a permission is reviewed: it says why, to those who give it."""
    rows = re.findall(r"^\| ((?:`[\w<>]+`(?:, )?)+) \| \S", privacy, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([\w<>]+)`", row)}


def findings(folder: Path, manifest: dict[str, Any], privacy: str) -> list[str]:
    """What is wrong with it; empty when nothing is."""
    return [f"manifest.json: {what}" for what in (
        *(f"nobody has reviewed `{name}`." for name in sorted(manifest.keys() - REVIEWED_KEYS)),
        *_permissions(manifest, told_permissions(privacy)),
        *_policy(manifest),
        *_texts(folder, manifest),
        *_icons(folder, manifest),
    )]  # fmt: skip


def _permissions(manifest: dict[str, Any], told: set[str]) -> list[str]:
    asked = {*manifest.get("permissions", []), *manifest.get("optional_host_permissions", [])}
    found = [f"the permission `{name}` is not in the table of docs/PRIVACY.md." for name in sorted(asked - told)]
    found += [f"docs/PRIVACY.md tells of `{name}`, which is not asked for." for name in sorted(told - asked)]
    if manifest.get("externally_connectable") != {"ids": []}:
        found.append("`externally_connectable` lets others connect.")
    return found


def _policy(manifest: dict[str, Any]) -> list[str]:
    policies = manifest.get("content_security_policy", {})
    if set(policies) != {"extension_pages"}:
        return ["`content_security_policy` must be there for `extension_pages` alone."]
    directives = [part.split() for part in policies["extension_pages"].split(";") if part.strip()]
    found = []
    for name, *sources in directives:
        reviewed = REVIEWED_SCRIPTS if name in {"default-src", "script-src", "worker-src"} else REVIEWED_SOURCES
        found += [f"its policy takes {name} from {source}." for source in sources if source not in reviewed]
    if ["default-src", "'none'"] not in directives:
        found.append("its policy must begin with default-src 'none'.")
    return found


def _texts(folder: Path, manifest: dict[str, Any]) -> list[str]:
    named = set(re.findall(r"__MSG_(\w+)__", json.dumps(manifest)))
    default = manifest.get("default_locale")
    if not (folder / "_locales" / str(default) / "messages.json").is_file():
        return [f"there are no texts for its default language, {default}."]
    found = []
    for file in sorted(folder.glob("_locales/*/messages.json")):
        language, texts = file.parent.name, json.loads(file.read_bytes())
        found += [f"the text `{name}` is missing in {language}." for name in sorted(named - texts.keys())]
        for field, longest in LONGEST.items():
            text = re.sub(r"__MSG_(\w+)__", lambda match: _message(texts, match[1]), manifest.get(field, ""))  # noqa: B023 (used at once)
            if not 0 < len(text) <= longest:
                found.append(f"`{field}` has {len(text)} characters in {language}; the store takes 1 to {longest}.")
    return found


def _message(texts: dict[str, Any], name: str) -> str:
    return str(texts.get(name, {}).get("message", ""))


def _icons(folder: Path, manifest: dict[str, Any]) -> list[str]:
    found = []
    for size, path in manifest.get("icons", {}).items():
        file = folder / path
        head = file.read_bytes()[:24] if file.is_file() else b""
        if head[:8] != b"\x89PNG\r\n\x1a\n" or struct.unpack(">II", head[16:24]) != (int(size), int(size)):
            found.append(f"{path} is no picture of {size} by {size}.")
    return found

"""The manifest of the host: what set-up writes, and what a browser makes of it.

The rules are Chromium's (`native_messaging_host_manifest.cc`, `native_process_launcher.cc`): a manifest that breaks one is
not there for the browser, or forbidden.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tabtalk.protocol import EXTENSION_ORIGIN, HOST_NAME

MAX_BYTES = 64 * 1024


class ManifestBroken(Exception):
    """A browser would not start the host by it. The text says what is wrong with it, to go after its path."""


def build(launcher: Path) -> bytes:
    """What the browser reads: which program to start, and for which extension alone."""
    manifest = {
        "name": HOST_NAME,
        "description": "Tabtalk: talk with Gemini about the page in front of you",
        "path": str(launcher),
        "type": "stdio",
        "allowed_origins": [f"{EXTENSION_ORIGIN}/"],
    }
    return json.dumps(manifest, indent=2, ensure_ascii=False).encode() + b"\n"


def program_in(path: Path) -> Path:
    """The program that a browser would start by the manifest in this file. Raises `ManifestBroken`."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES)
    except FileNotFoundError:
        raise ManifestBroken("is missing") from None
    except OSError as error:
        raise ManifestBroken(f"cannot be read ({error.strerror})") from None
    try:
        value = json.loads(content.decode())
    except (ValueError, RecursionError):
        raise ManifestBroken("is not JSON") from None
    if not isinstance(value, dict):
        raise ManifestBroken("is not a JSON object")
    return _program(value)


def _program(value: dict[str, Any]) -> Path:
    if value.get("name") != HOST_NAME:
        raise ManifestBroken(f"has another name than {HOST_NAME}")
    if not isinstance(value.get("description"), str) or not value["description"]:
        raise ManifestBroken("has no description")
    if value.get("type") != "stdio":
        raise ManifestBroken("is not of the type stdio")
    origins = value.get("allowed_origins")
    if not isinstance(origins, list) or f"{EXTENSION_ORIGIN}/" not in origins:
        raise ManifestBroken("does not let in this extension")
    if len(origins) > 1:
        raise ManifestBroken("lets in other extensions, too")
    program = value.get("path")
    if not isinstance(program, str) or not Path(program).is_absolute():
        raise ManifestBroken("names no program by its whole path")
    return Path(program)

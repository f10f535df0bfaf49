"""The version, which every part must agree on, and what the changelog says of it."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING

from release import Refused

if TYPE_CHECKING:
    from pathlib import Path

_NUMBER = re.compile(r"(?:0|[1-9]\d{0,4})(?:\.(?:0|[1-9]\d{0,4})){2}")
"""What the browser, pip and Semantic Versioning all take."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def agreed(root: Path, tag: str | None) -> str:
    """The version of all parts; with a tag, that of the tag. Raises `Refused`."""
    try:
        host = re.search(
            r'^__version__ = "(.+)"$', (root / "host/tabtalk/__init__.py").read_text("utf-8"), re.MULTILINE
        )
        said = {
            "extension/manifest.json": json.loads((root / "extension/manifest.json").read_bytes()).get("version"),
            "host/tabtalk/__init__.py": host and host[1],
            "pyproject.toml": tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"].get("version"),
        }
    except (OSError, ValueError) as error:
        raise Refused([f"The version cannot be read in {root}: {error}."]) from None
    if tag is not None:
        said["the tag"] = tag.removeprefix("v")
    if len(set(said.values())) > 1:
        raise Refused(
            ["The versions differ: " + ", ".join(f"{where} says {what}" for where, what in said.items()) + "."]
        )
    version = str(said["pyproject.toml"])
    if not _NUMBER.fullmatch(version):
        raise Refused([f"{version} is no version that the browser, pip and people all understand, such as 1.2.3."])
    return version


def notes(changelog: str, version: str, *, dated: bool) -> str:
    """The section of one version, without its heading. `dated`: it must have its day. Raises `Refused`."""
    sections = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    section = next((section for section in sections if section.startswith(f"[{version}]")), None)
    if section is None:
        raise Refused([f"CHANGELOG.md has no section [{version}]."])
    heading, _, body = section.partition("\n")
    # What stands below the last section: the addresses of the versions.
    body = re.sub(r"^\[[^\]]+\]: \S+\n?", "", body, flags=re.MULTILINE).strip()
    if not body:
        raise Refused([f"CHANGELOG.md says nothing of {version}."])
    if dated and not _DATE.fullmatch(heading.rpartition(" - ")[2].strip()):
        raise Refused([f"CHANGELOG.md has no date for {version}: “{heading}”."])
    return body + "\n"

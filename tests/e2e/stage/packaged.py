"""The extension as the store hands it out: what is tested is what people get."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

from release import extension, manifest
from stage.chromium import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = REPOSITORY / "extension"


def unpack(folder: Path) -> Path:
    """The zip's content, with the key that the store puts in again. Raises `release.Refused` for what could not be released."""
    zipped, there = folder / "tabtalk.zip", folder / "from the store"
    privacy = (REPOSITORY / "docs" / "PRIVACY.md").read_text("utf-8")
    extension.write_zip(zipped, extension.contents(SOURCE, privacy), 1_700_000_000)
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(there)
    content = manifest.read(there) | {"key": manifest.read(SOURCE)["key"]}
    (there / "manifest.json").write_text(json.dumps(content), "utf-8")
    return there

"""`setup/manifest.py`: what is written, and what a browser would not take."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tabtalk.setup import manifest
from tabtalk.setup.manifest import ManifestBroken

ORIGIN = "chrome-extension://glkajheednccbbphfajgpkglpfkadndo/"


def test_t13_the_manifest_lets_in_one_extension_alone(tmp_path: Path) -> None:
    launcher = tmp_path / 'with "quotes" and ünï' / "tabtalk-host"
    assert json.loads(manifest.build(launcher)) == {
        "name": "app.tabtalk.host",
        "description": "Tabtalk: talk with Gemini about the page in front of you",
        "path": str(launcher),
        "type": "stdio",
        "allowed_origins": [ORIGIN],
    }


def test_what_is_written_is_understood(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_bytes(manifest.build(tmp_path / "漢字 and blanks"))
    assert manifest.program_in(tmp_path / "m.json") == tmp_path / "漢字 and blanks"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "app.other"}, "another name"),
        ({"description": ""}, "no description"),
        ({"type": "pipe"}, "not of the type stdio"),
        ({"path": "tabtalk-host"}, "whole path"),
        ({"path": None}, "whole path"),
        ({"allowed_origins": []}, "does not let in"),
        ({"allowed_origins": ORIGIN}, "does not let in"),
        ({"allowed_origins": [ORIGIN[:-1]]}, "does not let in"),
        ({"allowed_origins": [ORIGIN, "chrome-extension://a/"]}, "other extensions"),
    ],
)
def test_what_a_browser_would_not_take_is_named(change: dict[str, object], says: str, tmp_path: Path) -> None:
    value = {**json.loads(manifest.build(tmp_path)), **change}
    (tmp_path / "m.json").write_text(json.dumps(value))
    with pytest.raises(ManifestBroken, match=says):
        manifest.program_in(tmp_path / "m.json")


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"{", "not JSON"), (b"\xff{}", "not JSON"), (b"[]", "not a JSON object"), (b"[" * 9999, "not JSON")],
)
def test_what_is_no_manifest_at_all_is_named(content: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "m.json").write_bytes(content)
    with pytest.raises(ManifestBroken, match=says):
        manifest.program_in(tmp_path / "m.json")


def test_a_manifest_that_cannot_be_read_is_not_called_missing(tmp_path: Path) -> None:
    with pytest.raises(ManifestBroken, match="is missing"):
        manifest.program_in(tmp_path / "m.json")
    (tmp_path / "m.json").symlink_to("m.json")
    with pytest.raises(ManifestBroken, match="cannot be read"):
        manifest.program_in(tmp_path / "m.json")

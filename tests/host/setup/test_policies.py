"""`setup/policies.py`: what a company's files say of our host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tabtalk.setup import browsers, policies

if TYPE_CHECKING:
    from pathlib import Path

BY_NAME = {browser.name: browser for browser in browsers.BROWSERS}


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(browsers, "ROOT", tmp_path)

    def write(content: str, name: str = "a.json", folder: str = "etc/opt/chrome/policies/managed") -> None:
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / name).write_text(content)

    return write


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ('{"NativeMessagingBlocklist": ["*"]}', "NativeMessagingBlocklist"),
        ('{"NativeMessagingBlocklist": ["app.tabtalk.host"]}', "NativeMessagingBlocklist"),
        ('{"NativeMessagingUserLevelHosts": false}', "NativeMessagingUserLevelHosts"),
        ('{"NativeMessagingBlocklist": ["*"], "NativeMessagingAllowlist": ["app.tabtalk.host"]}', ""),
        ('{"NativeMessagingBlocklist": ["com.other"]}', ""),
        ('{"NativeMessagingUserLevelHosts": true}', ""),
        ('{"NativeMessagingBlocklist": "*", "NativeMessagingAllowlist": 3}', ""),
        ('{"NativeMessagingBlocklist": [{}, null]}', ""),
        ("[]", ""),
        ("{", ""),
    ],
)
def test_what_is_in_the_way_is_named(content: str, name: str, write, tmp_path: Path) -> None:
    write(content)
    expected = f"{name} in {tmp_path}/etc/opt/chrome/policies/managed/a.json" if name else ""
    assert policies.forbids(BY_NAME["chrome"]) == expected
    assert policies.forbids(BY_NAME["chrome-beta"]) == expected
    assert policies.forbids(BY_NAME["chromium"]) == ""
    assert policies.forbids(BY_NAME["vivaldi"]) == ""


def test_one_file_may_allow_what_another_forbids(write) -> None:
    write('{"NativeMessagingBlocklist": ["*"]}')
    write('{"NativeMessagingAllowlist": ["app.tabtalk.host"]}', "b.json")
    assert policies.forbids(BY_NAME["chrome"]) == ""

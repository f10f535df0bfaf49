"""`setup/console.py`: the command that a person is told to run again is one that works for them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tabtalk.setup import console

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the words of Unix")


def test_from_a_checkout_it_is_the_script(person: Path) -> None:
    assert console.command(str(person / "checkout/host/install.py")) == "python3 host/install.py"


def test_from_the_wheel_it_is_all_of_its_name(person: Path) -> None:
    assert console.command("/opt/cache/bin/tabtalk") == "/opt/cache/bin/tabtalk"
    assert console.command(str(person / "a cache/bin/tabtalk")) == f"'{person}/a cache/bin/tabtalk'"

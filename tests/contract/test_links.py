"""The links that the browser looks at are links of the table, by the same names and in the same order."""

from __future__ import annotations

import re
from pathlib import Path

from tabtalk.setup.links import LINKS
from tabtalk.way import WAY

TABLE = Path(__file__).parents[2] / "extension" / "links" / "table.js"
ASKED_FOR_ITSELF = ("versions", "settings")
"""In the browser known only from the host's own answer; set-up reads them before it starts one."""


def test_the_browser_looks_at_links_of_the_table_in_its_order() -> None:
    text = TABLE.read_text("utf-8")
    seen = re.findall(r"\{ id: '(\w+)'", text)
    order = [link.id for link in LINKS]
    assert len(seen) > len(WAY)
    assert set(seen) <= set(order)
    rest = [link for link in seen if link not in ASKED_FOR_ITSELF]
    assert rest == sorted(rest, key=order.index)


def test_what_the_host_is_asked_of_is_what_it_says() -> None:
    found = re.search(r"HOST_LINKS = \[([^\]]+)\]", TABLE.read_text("utf-8"))
    assert found
    assert re.findall(r"\w+", found[1]) == ["settings", "keychain", *WAY]

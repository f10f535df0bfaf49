"""`setup/links.py`: the one table, and the document that shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tabtalk.setup import check, links
from tabtalk.setup.copies import Installed
from tabtalk.setup.links import LINKS

DOCUMENT = Path(__file__).parents[3] / "docs" / "TROUBLESHOOTING.md"


def test_the_document_is_in_step_with_the_table() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert links.in_step(text) == text, "run: PYTHONPATH=host python3 -m tabtalk.setup.links docs/TROUBLESHOOTING.md"


def test_a_link_needs_only_links_before_it() -> None:
    seen: set[str] = set()
    for link in LINKS:
        assert set(link.needs) <= seen, link.id
        assert link.id not in seen
        seen.add(link.id)


@pytest.mark.parametrize("link", LINKS, ids=lambda link: link.id)
def test_each_row_is_whole_and_fits_a_table(link: links.Link) -> None:
    for text in (link.proves, link.symptom, link.cause, link.mend):
        assert text.endswith(".")
        assert "|" not in text
        assert "\n" not in text


def test_a_document_without_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="not enough"):
        links.in_step("# Troubleshooting\n")


def test_the_doctor_walks_every_link_in_order(tmp_path: Path) -> None:
    steps = check._steps(Installed(tmp_path), None)
    assert [link for step in steps for link in step.links] == [link.id for link in LINKS]

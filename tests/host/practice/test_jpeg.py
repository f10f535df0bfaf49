from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tabtalk.practice import jpeg


def picture(width: int, height: int, **options: object) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(made, "JPEG", **options)
    return made.getvalue()


@pytest.mark.parametrize("size", [(1, 1), (1200, 616), (65500, 3)])
@pytest.mark.parametrize("progressive", [False, True])
def test_size_of_a_picture(size: tuple[int, int], progressive: bool) -> None:
    assert jpeg.size(picture(*size, progressive=progressive)) == size


def test_a_thumbnail_inside_is_not_the_picture() -> None:
    segment = b"Exif\0\0" + picture(160, 120)
    app1 = b"\xff\xe1" + (len(segment) + 2).to_bytes(2) + segment
    whole = picture(800, 600)
    assert jpeg.size(whole[:2] + app1 + whole[2:]) == (800, 600)


def test_fill_bytes_before_a_marker() -> None:
    whole = picture(8, 9)
    assert jpeg.size(whole[:2] + b"\xff\xff" + whole[2:]) == (8, 9)


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\x89PNG\r\n\x1a\n", picture(8, 8)[:40], b"\xff\xd8\xff\xd9\0\0"])
def test_what_is_no_picture_has_no_size(data: bytes) -> None:
    assert jpeg.size(data) is None


def test_a_picture_cut_anywhere_has_its_size_or_none() -> None:
    whole = picture(640, 480)
    sizes = {jpeg.size(whole[:end]) for end in range(len(whole))}
    assert sizes == {None, (640, 480)}


@given(st.binary(max_size=400))
def test_any_bytes_end(data: bytes) -> None:
    found = jpeg.size(b"\xff\xd8" + data)
    assert found is None or min(found) > 0

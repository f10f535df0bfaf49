"""Pure: which files one file of the extension names, read from its text.

Scripts are not parsed: what looks like a name of a file counts, in a comment too (a type is imported there). `tsc` and ESLint
have read the same scripts; this finds what is missing, left behind, or somewhere else than in the folder.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from posixpath import dirname, join, normpath
from typing import NamedTuple

_QUOTE = "[\"'`]"
_IMPORT = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(?\s*)["']([^"'\s]+)["']""")
_COMPUTED = re.compile(r"""\bimport\s*\((?!\s*["'])""")
_BESIDE = re.compile(rf"new URL\(\s*{_QUOTE}([^\"'`]+){_QUOTE}\s*,\s*import\.meta\.url")
_PATH = re.compile(r"/?\.{0,2}(?:[\w.-]|\$\{\w+\}|/)*/(?:[\w.-]|\$\{\w+\})+\.(?:html|js|css|png|svg|json)(?:#[\w-]*)?")
_QUOTED = re.compile(rf"{_QUOTE}({_PATH.pattern}){_QUOTE}")
_CSS = re.compile(r"""(?:@import\s+(?:url\(\s*)?|url\(\s*)["']?([^"')\s;]+)""")
_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//|data:|blob:|javascript:", re.IGNORECASE)
_REMOTE_CODE = re.compile(rf"{_QUOTE}((?:https?|wss?|data):[^\"'`\s]*\.(?:m?js|wasm)\b[^\"'`\s]*){_QUOTE}")


class References(NamedTuple):
    """Paths from the extension's folder, in which `*` stands for what a script fills in; and what is wrong, as sentences."""

    paths: set[str]
    wrong: list[str]


def of(path: str, text: str) -> References:
    """Those of one file; `path` is its own, from the extension's folder."""
    if path.endswith(".js"):
        return _script(path, text)
    if path.endswith(".html"):
        return _page(path, text)
    if path.endswith(".css"):
        return _named(path, _CSS.findall(text))
    return References(set(), [])


def of_manifest(values: object) -> References:
    """Every text in the manifest that looks like a file is one."""
    if isinstance(values, dict):
        values = list(values.values())
    if isinstance(values, list):
        parts = [of_manifest(value) for value in values]
        return References(set().union(*(part.paths for part in parts)), [line for part in parts for line in part.wrong])
    if isinstance(values, str) and (_PATH.fullmatch(values) or re.fullmatch(r"[\w-]+\.(?:js|html|json)", values)):
        return References({_from_top(values)}, [])
    return References(set(), [])


def _script(path: str, text: str) -> References:
    found, wrong = set(), [f"{path}: takes {address} from elsewhere." for address in _REMOTE_CODE.findall(text)]
    wrong += [f"{path}: imports what only it knows, {part}…)" for part in _COMPUTED.findall(text)]
    for name in _IMPORT.findall(text):
        if name.startswith(("./", "../")):
            found.add(_beside(path, name))
        else:
            wrong.append(f"{path}: imports {name}, which is no file beside it.")
    found |= {_beside(path, name) for name in _BESIDE.findall(text) if not _SCHEME.match(name)}
    beside = {*_IMPORT.findall(text), *_BESIDE.findall(text)}
    found |= {_from_top(name) for name in _QUOTED.findall(text) if name not in beside and not _SCHEME.match(name)}
    return References(found, wrong)


def _page(path: str, text: str) -> References:
    page = _Page()
    page.feed(text)
    found = _named(path, page.loaded)
    return References(found.paths, [*found.wrong, *(f"{path}: {what}" for what in page.wrong)])


def _named(path: str, names: list[str]) -> References:
    here = {_beside(path, name) for name in names if not _SCHEME.match(name) and not name.startswith("#")}
    return References(here, [f"{path}: takes {name} from elsewhere." for name in names if _SCHEME.match(name)])


def _beside(path: str, name: str) -> str:
    """As a browser resolves it, with what is filled in as `*`."""
    return _from_top(name if name.startswith("/") else join(dirname(path), name))


def _from_top(name: str) -> str:
    return normpath(re.sub(r"\$\{\w+\}", "*", re.sub(r"[#?].*", "", name)).lstrip("/"))


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.wrong: list[str] = []
        self._script_without_file = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self.wrong += [f"<{tag}> has a script in its {name}." for name in given if name.startswith("on")]
        self._script_without_file = tag == "script" and "src" not in given
        if "src" in given:
            self.loaded.append(given["src"])
        if "href" in given and (tag != "a" or not _SCHEME.match(given["href"])):
            self.loaded.append(given["href"])

    def handle_data(self, data: str) -> None:
        if self._script_without_file and data.strip():
            self.wrong.append("has a script in the page itself.")
        self._script_without_file = False

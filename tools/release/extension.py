"""The extension's folder as a zip for the store: exactly the files that it uses, or a refusal."""

from __future__ import annotations

import fnmatch
import io
import json
import re
import time
import zipfile
from typing import TYPE_CHECKING

from release import Refused, manifest, references

if TYPE_CHECKING:
    from pathlib import Path

_LEFT_BEHIND = (
    (re.compile(r"\bconsole\.(?!error\b|warn\b)\w+"), "prints for whoever wrote it"),
    (re.compile(r"\bdebugger\b"), "stops in the debugger"),
    (re.compile(r"\bdebug\w*\s*[=:]\s*true\b", re.IGNORECASE), "has a debug flag that is on"),
    (re.compile(r"\b(?:TODO|FIXME|XXX)\b"), "says that it is not finished"),
    (re.compile(r"sourceMappingURL="), "names a source map"),
    (re.compile(r"\beval\s*\(|\bnew Function\s*\(|\bimportScripts\s*\("), "makes code out of text"),
)
_FIRST_ZIP_TIME = 315532800
"""1980-01-01: a zip knows nothing earlier."""


def contents(folder: Path, privacy: str) -> dict[str, bytes]:
    """What goes into the zip, by path. Raises `Refused`."""
    try:
        declared = manifest.read(folder)
        found = manifest.findings(folder, declared, privacy)
        used, wrong = _used(folder, declared)
    except (OSError, ValueError) as error:
        raise Refused([f"{folder} cannot be read: {error}."]) from None
    found += wrong
    there = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if not path.is_dir()}
    found += [f"{name}: is a link." for name, path in there.items() if path.is_symlink()]
    found += [f"{name}: nothing uses it." for name in sorted(there.keys() - used) if not _is_drawing(name, used)]
    for name in sorted(used):
        found += _left_behind(name, there[name].read_text("utf-8")) if name.endswith((".js", ".html")) else []
    if found:
        raise Refused(found)
    return {
        name: manifest.for_store(declared) if name == "manifest.json" else there[name].read_bytes()
        for name in sorted(used)
    }


def write_zip(target: Path, files: dict[str, bytes], moment: int) -> None:
    """The same bytes for the same files. `moment`: of every file, seconds since 1970."""
    stamp = time.gmtime(max(moment, _FIRST_ZIP_TIME))[:6]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, wherever this runs: the modes are its.
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, files[name])
    target.write_bytes(buffer.getvalue())


def _used(folder: Path, declared: dict[str, object]) -> tuple[set[str], list[str]]:
    """Every file that the manifest leads to, and what is missing or wrong on the way."""
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    used = {"manifest.json", *fnmatch.filter(there, "_locales/*/messages.json")}
    for name in used:
        json.loads((folder / name).read_bytes())
    asked = references.of_manifest(declared)
    wrong = list(asked.wrong)
    waiting = [("manifest.json", name) for name in sorted(asked.paths)]
    while waiting:
        by, name = waiting.pop()
        # What a script fills in is one name, not a path.
        matches = [path for path in fnmatch.filter(there, name) if path.count("/") == name.count("/")]
        if not matches:
            wrong.append(f"{by}: names {name}, which is not there.")
        for path in sorted(set(matches) - used):
            used.add(path)
            if path.endswith((".js", ".html", ".css")):
                named = references.of(path, (folder / path).read_text("utf-8"))
                wrong += named.wrong
                waiting += [(path, other) for other in sorted(named.paths)]
    return used, wrong


def _is_drawing(name: str, used: set[str]) -> bool:
    """What an icon's pictures were made from: kept beside them, and not packed."""
    stem = name.removesuffix(".svg")
    return name.endswith(".svg") and any(fnmatch.fnmatch(path, f"{stem}-*.png") for path in used)


def _left_behind(name: str, text: str) -> list[str]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        found += [
            f"{name}:{number}: {what}: {match[0]}" for pattern, what in _LEFT_BEHIND if (match := pattern.search(line))
        ]
    return found

"""A local package index: the locked packages, and beside each a newer release that must not be taken."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import subprocess
import sys
import threading
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEWER = ".0.0.1"
"""Added to a version: newer, and within the bounds that other packages set."""


def download(lock_file: Path, folder: Path) -> None:
    """Put the wheels that the lock pins for this system into the folder, by way of the index that pip is set to."""
    command: list[str | Path] = [
        sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--require-hashes", "--no-deps",
        "--only-binary", ":all:", "-d", folder, "-r", lock_file,
    ]  # fmt: skip
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=300)


def normalized(name: str) -> str:
    """A project's name as an index has it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def add_newer_releases(folder: Path) -> None:
    """Add to each wheel of the folder one of a newer version, with an extra that asks for a package that nobody has."""
    for project, version in {tuple(path.name.split("-")[:2]) for path in folder.glob("*.whl")}:
        newer = f"{version}{NEWER}"
        info = f"{project}-{newer}.dist-info"
        metadata = (
            f"Metadata-Version: 2.1\nName: {project}\nVersion: {newer}\nRequires-Dist: no-such-package-anywhere\n"
            "Provides-Extra: requests\nRequires-Dist: no-such-package-either; extra == 'requests'\n"
        )
        with zipfile.ZipFile(folder / f"{project}-{newer}-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{info}/METADATA", metadata)
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[dict[str, str]]:
    """Serve the wheels of the folder as a "simple" index; yields the environment variables that lead pip to it alone."""
    simple = folder / "simple"
    for path in folder.glob("*.whl"):
        page = simple / normalized(path.name.split("-")[0]) / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        with page.open("a", encoding="utf-8") as file:
            file.write(f'<a href="/{path.name}">{path.name}</a><br>\n')
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever, name="package index")
    thread.start()
    try:
        yield {
            "PIP_INDEX_URL": f"http://127.0.0.1:{server.server_address[1]}/simple/",
            "PIP_EXTRA_INDEX_URL": "",
            "PIP_FIND_LINKS": "",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_CACHE_DIR": "1",
        }
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

"""`tools/package.py`: what it refuses, that it makes the same bytes twice, and that what it makes works."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

import package
from release import Refused, manifest, references, versions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

from .conftest import git


def more(name: str, text: str) -> Callable[[Path], None]:
    """A line at the end of a file, which may be new."""

    def plant(root: Path) -> None:
        with (root / name).open("a", encoding="utf-8") as file:
            file.write(text + "\n")

    return plant


def without(name: str) -> Callable[[Path], None]:
    return lambda root: (root / name).unlink()


def instead(name: str, old: str, new: str) -> Callable[[Path], None]:
    def plant(root: Path) -> None:
        text = (root / name).read_text("utf-8")
        assert old in text, f"{name} has no {old}"
        (root / name).write_text(text.replace(old, new), "utf-8")

    return plant


def declare(**values: Any) -> Callable[[Path], None]:
    def plant(root: Path) -> None:
        file = root / "extension" / "manifest.json"
        file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | values), "utf-8")

    return plant


def policy(added: str) -> Callable[[Path], None]:
    return instead("extension/manifest.json", "script-src 'self'", f"script-src 'self' {added}")


MANIFEST = "extension/manifest.json"
PAGE = "extension/popup/popup.html"
SCRIPT = "extension/popup/popup.js"
STYLE = "extension/popup/popup.css"
REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    # What was left behind.
    "console": (more(SCRIPT, "console.log('here');"), r"popup\.js:\d+: prints for whoever wrote it: console\.log"),
    "debugger": (more(SCRIPT, "debugger;"), r"popup\.js:\d+: stops in the debugger"),
    "debug flag": (more("extension/lib/state.js", "const DEBUG = true;"), r"state\.js:\d+: has a debug flag that is on"),
    "not finished": (more(SCRIPT, "// TODO: the rest"), r"popup\.js:\d+: says that it is not finished"),
    "source map": (more(SCRIPT, "//# sourceMappingURL=popup.js.map"), r"popup\.js:\d+: names a source map"),
    "eval": (more(SCRIPT, "eval('1');"), r"popup\.js:\d+: makes code out of text"),
    # What is missing.
    "an icon": (without("extension/icons/idle-48.png"), r"manifest\.json: names icons/idle-48\.png, which is not there"),
    "the worker": (without("extension/background.js"), r"manifest\.json: names background\.js, which is not there"),
    "an import": (without("extension/lib/pcm.js"), r"names lib/pcm\.js, which is not there"),
    "a style": (without(STYLE), r"popup/popup\.html: names popup/popup\.css, which is not there"),
    "a page": (without("extension/welcome/welcome.html"), r"names welcome/welcome\.html, which is not there"),
    "a web worker": (
        without("extension/offscreen/workers/cut-worker.js"),
        r"offscreen/cutter\.js: names offscreen/workers/cut-worker\.js, which is not there",
    ),
    "a worklet": (
        without("extension/offscreen/worklets/speaker-worklet.js"),
        r"names offscreen/worklets/speaker-worklet\.js, which is not there",
    ),
    "the texts": (without("extension/_locales/en/messages.json"), "no texts for its default language, en"),
    "a text": (instead("extension/_locales/zh_CN/messages.json", '"action_title"', '"other"'), "`action_title` is missing in zh_CN"),
    # What does not belong.
    "a note": (more("extension/notes.md", "mine"), r"notes\.md: nothing uses it"),
    "a hidden file": (more("extension/.DS_Store", ""), r"\.DS_Store: nothing uses it"),
    "an old script": (more("extension/lib/old.js", "export {};"), r"lib/old\.js: nothing uses it"),
    "a drawing of no icon": (more("extension/icons/draft.svg", "<svg/>"), r"icons/draft\.svg: nothing uses it"),
    "a file of the host": (more("host/tabtalk/mine.py", ""), r"host/tabtalk/mine\.py: is not in git"),
    # What comes from elsewhere.
    "a remote script": (instead(PAGE, 'src="popup.js"', 'src="https://cdn.example/p.js"'), "takes https://cdn.example/p.js"),
    "a remote import": (more(SCRIPT, "import 'https://cdn.example/p.js';"), "imports https://cdn.example/p.js"),
    "a bare import": (more(SCRIPT, "import x from 'left-pad';"), "imports left-pad, which is no file beside it"),
    "a computed import": (more(SCRIPT, "await import(name);"), "imports what only it knows"),
    "a remote worker": (more(SCRIPT, "new Worker('//x', 'https://x.example/w.mjs');"), "takes https://x.example/w.mjs"),
    "a remote style": (more(STYLE, "@import url(https://cdn.example/p.css);"), "takes https://cdn.example/p.css"),
    "a script in a page": (more(PAGE, "<script>start()</script>"), r"popup\.html: has a script in the page itself"),
    "a script in an attribute": (more(PAGE, '<p onclick="start()">'), r"popup\.html: <p> has a script in its onclick"),
    # What nobody has reviewed.
    "a permission": (
        instead(MANIFEST, '"permissions": [', '"permissions": ["history", '),
        "the permission `history` is not in the table",
    ),
    "a permission less": (instead(MANIFEST, '"offscreen", ', ""), "tells of `offscreen`, which is not asked for"),
    "hosts that may be asked for": (
        declare(optional_host_permissions=["<all_urls>", "file:///"]),
        "the permission `file:///` is not in the table",
    ),
    "hosts": (declare(host_permissions=["<all_urls>"]), "nobody has reviewed `host_permissions`"),
    "content scripts": (declare(content_scripts=[{"js": ["background.js"]}]), "nobody has reviewed `content_scripts`"),
    "others that connect": (declare(externally_connectable={"matches": ["*://*/*"]}), "lets others connect"),
    "scripts by policy": (policy("https://cdn.example"), "its policy takes script-src from https://cdn.example"),
    "eval by policy": (policy("'unsafe-eval'"), "its policy takes script-src from 'unsafe-eval'"),
    "no policy": (instead(MANIFEST, "default-src 'none'; ", ""), "must begin with default-src 'none'"),
    # What the store would not take.
    "a long description": (
        instead(MANIFEST, "__MSG_extension_description__", "__MSG_extension_description__" + "x" * 132),
        "`description` has .* characters in zh_CN; the store takes 1 to 132",
    ),
    "an icon of another size": (
        instead(MANIFEST, '"128": "icons/idle-128.png"', '"128": "icons/idle-48.png"'),
        r"icons/idle-48\.png is no picture of 128 by 128",
    ),
    "a broken manifest": (instead(MANIFEST, "{", "["), "The version cannot be read"),
    # What does not agree.
    "the extension's version": (declare(version="9.9.9"), "The versions differ: extension/manifest.json says 9.9.9"),
    "the host's version": (instead("host/tabtalk/__init__.py", '__version__ = "', '__version__ = "9'), "The versions differ"),
    "the package's version": (instead("pyproject.toml", '\nversion = "', '\nversion = "9'), "The versions differ"),
    "no notes": (instead("CHANGELOG.md", "## [", "## Before ["), "CHANGELOG.md has no section"),
}  # fmt: skip


@pytest.mark.parametrize(("plant", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_it_refuses(plant: Callable[[Path], object], says: str, checkout: Path, tmp_path: Path) -> None:
    plant(checkout)
    with pytest.raises(Refused) as refused:
        package.package(checkout, tmp_path / "out")
    assert [finding for finding in refused.value.findings if re.search(says, finding)], refused.value.findings
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_it_refuses_links(checkout: Path, tmp_path: Path) -> None:
    target = checkout / "extension/lib/pcm.js"
    target.rename(tmp_path / "pcm.js")
    target.symlink_to(tmp_path / "pcm.js")
    with pytest.raises(Refused, match=r"lib/pcm\.js: is a link"):
        package.package(checkout, tmp_path / "out")


def test_it_says_all_that_is_wrong_at_once(checkout: Path, tmp_path: Path) -> None:
    for name in ("console", "a note", "a style", "hosts", "a file of the host"):
        REFUSED[name][0](checkout)
    with pytest.raises(Refused) as refused:
        package.package(checkout, tmp_path / "out")
    for name in ("console", "a note", "a style", "hosts", "a file of the host"):
        assert re.search(REFUSED[name][1], str(refused.value)), name


def dated(root: Path, version: str) -> None:
    file = root / "CHANGELOG.md"
    text = re.sub(
        rf"^## \[{re.escape(version)}\] - .*$",
        f"## [{version}] - 2026-01-31",
        file.read_text("utf-8"),
        flags=re.MULTILINE,
    )
    file.write_text(text, "utf-8")


def version_of(root: Path) -> str:
    return str(json.loads((root / MANIFEST).read_bytes())["version"])


def test_a_release_is_of_its_tag_dated_and_committed(checkout: Path, tmp_path: Path) -> None:
    version = version_of(checkout)

    def refusal(tag: str) -> str:
        with pytest.raises(Refused) as refused:
            package.package(checkout, tmp_path / "out", tag)
        return str(refused.value)

    instead("CHANGELOG.md", f"## [{version}] - ", f"## [{version}] - not ")(checkout)
    assert "the tag says 9.9.9" in refusal("v9.9.9")
    assert "CHANGELOG.md: differs from the last commit" in refusal(f"v{version}")
    git(checkout, "commit", "-aqm", "not dated")
    assert f"has no date for {version}" in refusal(f"v{version}")
    dated(checkout, version)
    git(checkout, "commit", "-aqm", "dated")
    names = [file.name for file in package.package(checkout, tmp_path / "out", f"v{version}")]
    assert f"tabtalk-{version}.zip" in names


@pytest.mark.skipif(os.name == "nt", reason="modes and masks are those of Unix")
def test_two_working_copies_of_one_commit_give_the_same_bytes(committed: Path, tmp_path: Path) -> None:
    made = []
    for name, mask in (("one", 0o022), ("another place", 0o077)):
        before = os.umask(mask)
        try:
            git(tmp_path, "clone", "-q", str(committed), name)
            # What a run leaves behind is not packed.
            (tmp_path / name / "host/tabtalk/__pycache__").mkdir()
            (tmp_path / name / f"host/tabtalk/__pycache__/{mask}.pyc").write_text(name)
            os.utime(tmp_path / name / "host/install.py", (mask, mask))
            made.append(
                {file.name: file.read_bytes() for file in package.package(tmp_path / name, tmp_path / f"out {mask}")}
            )
        finally:
            os.umask(before)
    version = version_of(committed)
    assert sorted(made[0]) == sorted([
        "NOTES.md", "SHA256SUMS", f"tabtalk-{version}-py3-none-any.whl", f"tabtalk-{version}.tar.gz", f"tabtalk-{version}.zip",
    ])  # fmt: skip
    assert made[0] == made[1]
    assert not [line for line in made[0]["SHA256SUMS"].splitlines() if len(line.split()[0]) != 64]


def test_what_an_earlier_run_made_is_replaced_and_nothing_else(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for name in ("tabtalk-0.0.1.zip", "mine.txt"):
        (tmp_path / "out" / name).touch()
    made = package.package(checkout, tmp_path / "out")
    assert sorted((tmp_path / "out").iterdir()) == sorted([*made, tmp_path / "out" / "mine.txt"])


@pytest.fixture(scope="module")
def made(committed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that a release consists of."""
    target = tmp_path_factory.mktemp("made")
    package.package(committed, target)
    return target


def test_the_zip_is_the_extension_without_what_the_store_does_not_take(made: Path, committed: Path) -> None:
    with zipfile.ZipFile(next(made.glob("*.zip"))) as archive:
        assert archive.testzip() is None
        packed = {name: archive.read(name) for name in archive.namelist()}
    there = {
        path.relative_to(committed / "extension").as_posix(): path.read_bytes()
        for path in (committed / "extension").rglob("*")
        if path.is_file()
    }
    ours, theirs = json.loads(there.pop("manifest.json")), json.loads(packed.pop("manifest.json"))
    assert "key" not in theirs
    assert theirs | {"key": ours["key"]} == ours
    assert {name: content for name, content in there.items() if name in packed} == packed
    # The drawings that the icons were made from are not used.
    assert {name.rpartition(".")[2] for name in there.keys() - packed.keys()} <= {"svg"}


def test_the_sdist_makes_the_same_wheel(made: Path, tmp_path: Path) -> None:
    with tarfile.open(next(made.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    [folder] = tmp_path.iterdir()
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "out")],
        cwd=folder,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"},
        check=True,
        capture_output=True,
    )
    [wheel] = made.glob("*.whl")
    assert (tmp_path / "out" / wheel.name).read_bytes() == wheel.read_bytes()


def test_the_wheel_installs_nothing_beside_itself_and_names_one_command(made: Path) -> None:
    with zipfile.ZipFile(next(made.glob("*.whl"))) as archive:
        told = {
            name.rpartition("/")[2]: archive.read(name).decode() for name in archive.namelist() if ".dist-info/" in name
        }
        inside = set(archive.namelist())
    assert "Requires-Dist" not in told["METADATA"]
    assert told["entry_points.txt"].split() == ["[console_scripts]", "tabtalk", "=", "tabtalk_setup.host.install:main"]
    for name in ("host/native_host.py", "host/requirements.txt", "host/tabtalk/setup/question.wav", MANIFEST):
        assert f"tabtalk_setup/{name}" in inside


def test_the_notes_are_the_section_of_the_version() -> None:
    changelog = "# Changelog\n\n## [1.1.0] - 2026-02-01\n\n### Added\n\n- This.\n\n## [1.0.0] - 2026-01-01\n\n- That.\n\n[1.1.0]: https://x\n"
    assert versions.notes(changelog, "1.1.0", dated=True) == "### Added\n\n- This.\n"
    assert versions.notes(changelog, "1.0.0", dated=True) == "- That.\n"
    with pytest.raises(Refused, match="says nothing"):
        versions.notes("## [1.0.0]\n\n## [0.9.0]\n\n- Old.\n", "1.0.0", dated=False)


def test_a_permission_is_told_only_with_its_reason() -> None:
    table = "| permission | why |\n|---|---|\n| `tabs`, `storage` | for this |\n| `history` |  |\n| `<all_urls>` | for that |\n"
    assert manifest.told_permissions(table) == {"tabs", "storage", "<all_urls>"}


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        ("a/b.js", "import { x } from '../lib/x.js';", {"lib/x.js"}),
        ("a/b.js", "/** @type {import('./t.js').T} */", {"a/t.js"}),
        ("a/b.js", "new Worker(new URL('w/w.js', import.meta.url), { type: 'module' })", {"a/w/w.js"}),
        ("a/b.js", "chrome.runtime.getURL('welcome/welcome.html#microphone')", {"welcome/welcome.html"}),
        ("a/b.js", "setIcon({ path: `/icons/${icon}-16.png` })", {"icons/*-16.png"}),
        ("a/b.js", "fetch(getURL(`_locales/${locale}/messages.json`))", {"_locales/*/messages.json"}),
        ("a/b.js", "open('https://example.org/page.html')", set()),
        ("a/b.css", "p { background: url('../i/p.png') } b { fill: url(#id) }", {"i/p.png"}),
        ("a/b.html", '<a href="https://example.org/">x</a><a href="c.html">y</a><img src="/i/p.png">', {"a/c.html", "i/p.png"}),
    ],
)  # fmt: skip
def test_names_of_files_are_found(path: str, text: str, names: set[str]) -> None:
    assert references.of(path, text) == (names, [])


def test_the_command_says_what_it_made_or_why_not(made: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        str(package.ROOT / "tools" / "package.py"),
        "--out",
        str(tmp_path / "out"),
        "--tag",
        "v999.0.0",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Nothing was made.\n  The versions differ")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform != "linux", reason="the folders are those of Linux")
def test_the_wheel_sets_up_as_from_a_cache_that_goes_and_leaves_nothing(made: Path, tmp_path: Path) -> None:
    person = tmp_path / "家 and home"
    (person / "profile").mkdir(parents=True)
    (person / "profile" / "Local State").write_text("{}")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "DBUS_", "PYTHON"))}
    folders = {f"XDG_{name}_HOME": str(person / name.lower()) for name in ("DATA", "CONFIG", "STATE")}
    env = {**kept, **folders, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    before = sorted(person.rglob("*"))

    def run(*command: object) -> str:
        done = subprocess.run([str(part) for part in command], env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    # As `pipx run` and `uvx` do it: an environment for this one command.
    cache = tmp_path / "cache"
    run(sys.executable, "-m", "venv", cache)
    run(cache / "bin/python", "-m", "pip", "install", "-q", "--no-index", "--no-deps", *made.glob("*.whl"))
    said = run(cache / "bin/tabtalk", "--no-key", "--yes", "--user-data-dir", person / "profile")
    assert f"choose {person}/data/tabtalk/extension" in said
    checked = json.loads(run(cache / "bin/tabtalk", "--check", "--json", "--user-data-dir", person / "profile"))
    assert checked["healthy"]
    assert str(cache / "bin/tabtalk") in json.dumps(checked), "it names the command that there is"
    shutil.rmtree(cache)

    copy = person / "data/tabtalk/host/install.py"
    assert json.loads(run(sys.executable, copy, "--check", "--json", "--user-data-dir", person / "profile"))["healthy"]
    run(sys.executable, copy, "--uninstall", "--user-data-dir", person / "profile")
    assert sorted(person.rglob("*")) == before

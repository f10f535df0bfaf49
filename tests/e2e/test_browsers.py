"""What set-up tells browsers, read by a real one: every row of Linux, and every manifest that the doctor calls broken."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from stage.chromium import executable
from stage.packaged import SOURCE
from tabtalk import paths
from tabtalk.protocol import EXTENSION_ORIGIN
from tabtalk.setup import browsers, cli, environment, manifest
from tabtalk.setup.copies import Installed
from tabtalk.setup.devtools import Browser
from tabtalk.setup.environment import Environment
from tabtalk.setup.manifest import ManifestBroken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tabtalk.setup.devtools_page import Page

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the rows of Linux")
LINUX = [browser for browser in browsers.BROWSERS if browser.linux.places]
HELLO = """new Promise((done) => {
    const port = chrome.runtime.connectNative('app.tabtalk.host');
    port.onMessage.addListener((message) => { done(message.type); port.disconnect(); });
    port.onDisconnect.addListener(() => done(chrome.runtime.lastError?.message));
    port.postMessage({type: 'hello', id: 1, data: {version: '0.1.0', protocol: 1}});
})"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A throw-away home, its name in need of quoting, with an empty folder of programs and the environment of the tests."""
    made = tmp_path / "家 and home"
    for name in ("DATA", "CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(made / name.lower()))
    monkeypatch.setenv("HOME", str(made))
    monkeypatch.setenv("PATH", str(made / "bin"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.delenv("CHROME_CONFIG_HOME", raising=False)
    (made / "bin").mkdir(parents=True)

    def provide(changes: object, data: Path, lock_file: Path, steps: object) -> Environment:
        del changes, lock_file, steps
        (data / "env-0").symlink_to(sys.prefix)
        return Environment(data / "env-0")

    monkeypatch.setattr(environment, "provide", provide)
    return made


@contextlib.contextmanager
def opened(user_data_dir: Path) -> Iterator[Page]:
    """A page of the extension in a browser without a screen."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.defpath)
        with Browser.launch(executable(), user_data_dir, ["--headless=new"]) as browser:
            browser.send("Extensions.loadUnpacked", {"path": str(SOURCE)})
            target = browser.send("Target.createTarget", {"url": f"{EXTENSION_ORIGIN}/options/options.html"})[
                "targetId"
            ]
            page = browser.attach(target)
            page.wait(f"location.href.startsWith('{EXTENSION_ORIGIN}') && document.readyState === 'complete'")
            yield page


@pytest.mark.parametrize("browser", LINUX, ids=lambda browser: browser.name)
def test_set_up_for_a_browser_is_found_from_its_profile_folder(browser: browsers.Browser, home: Path) -> None:
    program = home / "bin" / browser.linux.executables[0]
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert cli.main(["--yes", "--browser", browser.name]) == 0
    with opened(home / "config" / browser.linux.places[0]) as page:
        assert page.evaluate(HELLO) == "hello"
    assert cli.main(["--uninstall"]) == 0
    assert list(home.rglob("app.tabtalk.host.json")) == []


def test_what_the_doctor_calls_a_broken_manifest_the_browser_refuses(home: Path) -> None:
    (home / "bin" / "chromium").touch(0o755)
    assert cli.main(["--yes", "--browser", "chromium"]) == 0
    path = browsers.manifest_in(home / "config" / "chromium")
    sound = json.loads(path.read_bytes())
    variants: dict[str, Any] = {
        "another name": {**sound, "name": "app.other"},
        "no description": {**sound, "description": ""},
        "another type": {**sound, "type": "pipe"},
        "half a path": {**sound, "path": "tabtalk-host"},
        "no path": {name: value for name, value in sound.items() if name != "path"},
        "another extension": {**sound, "allowed_origins": [f"chrome-extension://{'a' * 32}/"]},
        "no slash": {**sound, "allowed_origins": [EXTENSION_ORIGIN]},
        "nobody": {**sound, "allowed_origins": []},
        "a list": [sound],
    }
    texts = {name: json.dumps(value) for name, value in variants.items()}
    texts["no JSON"] = json.dumps(sound)[:-1]
    with opened(path.parents[1]) as page:
        assert page.evaluate(HELLO) == "hello"
        for name, text in texts.items():
            path.write_text(text)
            with pytest.raises(ManifestBroken):
                manifest.program_in(path)
            assert page.evaluate(HELLO) in {
                "Specified native messaging host not found.",
                "Access to the specified native messaging host is forbidden.",
            }, name
        path.unlink()
        path.symlink_to(path.name)
        assert page.evaluate(HELLO) == "Specified native messaging host not found."
        path.unlink()
        path.write_text(json.dumps(sound))
        assert page.evaluate(HELLO) == "hello"
        Installed(paths.data_dir()).launcher.chmod(0o600)
        # Whichever the browser notices first: that the program has gone, or that nobody reads what it writes.
        assert page.evaluate(HELLO) in {
            "Native host has exited.",
            "Error when communicating with the native messaging host.",
            "Failed to start native messaging host.",
        }

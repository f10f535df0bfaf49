"""`--check` finds each fault that is planted, names the link that is broken and no other, and finds none where there is none.

Every fault goes into a set-up of its own in a throw-away home: real copies, a real environment (of links to the packages of
the tests), a host that is really started, a service on this computer.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tabtalk import paths
from tabtalk.practice import wire
from tabtalk.practice.answerer import Answerer
from tabtalk.practice.scenarios import CloseWith, NoSetupComplete, RejectKey
from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import ThreadedServer, run_in_thread
from tabtalk.setup import browsers, check, check_files, cli, environment, installation, manifest, microphones, proof
from tabtalk.setup.environment import Environment
from tabtalk.setup.links import AGAIN, LINKS, Finding
from tabtalk.setup.proof import Proof
from tabtalk.way import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tabtalk.setup.copies import Installed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the person and the browser of these are on Linux")
KEY = "AIzaCANARY0123456789abcdefghijklmnopqrs"
PACKAGES = Path(sysconfig.get_path("purelib"))


class Stage(NamedTuple):
    person: Path
    installed: Installed
    service: ThreadedServer
    monkeypatch: pytest.MonkeyPatch

    @property
    def packages(self) -> Path:
        (found,) = (self.installed.data / "env-000000000000").glob("lib/python3.*/site-packages")
        return found

    @property
    def python(self) -> Path:
        return self.installed.data / "env-000000000000" / "bin" / "python"

    @property
    def manifest(self) -> Path:
        return self.person / "config/chromium/NativeMessagingHosts/app.tabtalk.host.json"

    @property
    def local_state(self) -> Path:
        return self.person / "config/chromium/Local State"

    def set(self, **lines: str) -> None:
        """The settings, but for these."""
        gemini = {"base_url": self.service.base_url, "ca_file": str(self.person / "ca.pem"), **lines}
        text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in gemini.items() if name != "store")
        text = f'[gemini]\n{text}[key]\nstore = "{lines.get("store", "file")}"\n'
        paths.write_private(paths.settings_file(), text.encode())

    def edit(self, file: str, old: str, new: str) -> None:
        """Changes a file of the copied host."""
        path = self.installed.host / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))


def walk(stage: Stage, user_data_dir: Path | None = None) -> list[Finding]:
    return list(check.findings(stage.installed, user_data_dir))


@pytest.fixture(scope="module")
def service() -> Iterator[ThreadedServer]:
    with run_in_thread(PracticeServer()) as server:
        yield server


@pytest.fixture
def stage(
    person: Path, chromium: Path, installed: Installed, service: ThreadedServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """Set up for Chromium, with a key that the service takes."""
    del chromium
    with monkeypatch.context() as patch:
        patch.setattr(environment, "provide", provide)
        patch.setattr(installation, "prove", lambda _launcher: Proof("0.1.0", 1.0, None))
        assert cli.main(["--yes"]) == 0
    made = Stage(person, installed, service, monkeypatch)
    # As a browser has it that was used, and started with the same XDG_CONFIG_HOME.
    made.local_state.write_text("{}")
    (person / "ca.pem").write_text(service.ca_pem)
    paths.write_private(paths.key_file(), KEY.encode())
    made.set()
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    # Shorter than a person's patience, longer than a Python takes to start here.
    monkeypatch.setattr(proof, "HELLO_SECONDS", 6.0)
    monkeypatch.setattr(proof, "LEAVE_SECONDS", 4.0)
    yield made
    service.server.scenario = Answerer


def provide(changes: object, data: Path, lock_file: Path, steps: object) -> Environment:
    """An environment of its own, quickly: each package is a link, so that one can be taken away or replaced."""
    del changes, lock_file, steps
    made = Environment(data / "env-000000000000")
    packages = made.folder / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    packages.mkdir(parents=True)
    (made.folder / "bin").mkdir()
    base = Path(sys.executable).resolve()
    made.python.symlink_to(base)
    (made.folder / "pyvenv.cfg").write_text(f"home = {base.parent}\ninclude-system-site-packages = false\n")
    for item in PACKAGES.iterdir():
        (packages / item.name).symlink_to(item)
    return made


# A healthy machine.


def test_f19_nothing_is_reported_on_a_healthy_machine(stage: Stage) -> None:
    found = walk(stage)
    assert [finding for finding in found if finding.state is not State.OK and finding.link != "microphone"] == []
    assert list(dict.fromkeys(finding.link for finding in found)) == [link.id for link in LINKS]
    assert not any(KEY in str(finding) for finding in found)


def test_f19_nothing_is_reported_in_practice_mode(stage: Stage) -> None:
    paths.settings_file().unlink()
    paths.key_file().unlink()
    found = {finding.link: finding for finding in walk(stage)}
    assert [
        finding for finding in found.values() if finding.state is not State.OK and finding.link != "microphone"
    ] == []
    assert "practice mode" in found["keychain"].text
    assert "on this computer" in found["endpoint"].text


def test_it_changes_nothing(stage: Stage) -> None:
    def everything() -> dict[str, tuple[int, bytes]]:
        # The host that is started writes its log, and Python may compile.
        kept = [p for p in sorted(stage.person.rglob("*")) if "__pycache__" not in p.parts and "state" not in p.parts]
        return {str(p): (p.lstat().st_mode, p.read_bytes() if p.is_file() else b"") for p in kept}

    before = everything()
    walk(stage)
    assert everything() == before


def test_a_browser_that_was_not_set_up_is_told_and_is_no_fault(stage: Stage) -> None:
    (stage.person / "bin" / "vivaldi").touch(0o755)
    (finding,) = (item for item in walk(stage) if item.state is not State.OK and item.link != "microphone")
    assert (finding.link, finding.state, finding.subject) == ("manifest", State.UNKNOWN, "Vivaldi")
    assert "--browser vivaldi" in finding.mend


@pytest.mark.parametrize("as_json", [True, False])
def test_the_report_is_for_programs_and_for_people(
    as_json: bool, stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    stage.manifest.unlink()
    assert cli.main(["--check", *(["--json"] if as_json else [])]) == 1
    said = capsys.readouterr().out
    if not as_json:
        assert "ok          installed: " in said
        assert "FAILED      manifest (Chromium): " in said
        assert "            What to do: run set-up again: " in said
        assert said.rstrip().splitlines()[-1].startswith("The first broken link is 'manifest': ")
        return
    # The shape is a promise: docs/TROUBLESHOOTING.md tells it to programs.
    report = json.loads(said)
    assert list(report) == ["format", "version", "healthy", "links"]
    assert (report["format"], report["version"], report["healthy"]) == (1, "0.1.0", False)
    assert all(set(item) == {"link", "state", "text", "mend", "subject"} for item in report["links"])
    assert {item["state"] for item in report["links"]} <= {"ok", "failed", "unknown"}
    assert [item["subject"] for item in report["links"] if item["state"] == "failed"] == ["Chromium"]


def test_a_profile_that_was_not_told_is_named(stage: Stage) -> None:
    (finding,) = (item for item in walk(stage, stage.person / "p") if item.state is State.FAILED)
    assert (finding.link, finding.subject) == ("manifest", str(stage.person / "p"))
    assert f"--user-data-dir '{stage.person / 'p'}'" in finding.mend


def test_a_profile_that_was_thrown_away_is_no_fault(stage: Stage) -> None:
    path = browsers.manifest_in(stage.person / "thrown away")
    record = json.loads(stage.installed.record.read_text())
    record["manifests"].append(str(path))
    stage.installed.record.write_text(json.dumps(record))
    assert [item for item in walk(stage) if item.state is State.FAILED] == []


def test_what_cannot_be_looked_at_is_a_finding_and_the_walk_goes_on(stage: Stage) -> None:
    def broken(_installed: Installed) -> Finding:
        raise PermissionError(13, "Permission denied", "/home/you")

    stage.monkeypatch.setattr(check_files, "versions", broken)
    found = walk(stage)
    (finding,) = (item for item in found if item.state is State.FAILED)
    assert (finding.link, finding.text) == ("versions", "/home/you cannot be looked at: Permission denied.")
    assert found[-1].link == "microphone"


@pytest.mark.parametrize(("seen", "state"), [(2, State.OK), (0, State.UNKNOWN), (None, State.UNKNOWN)])
def test_microphones_are_told_of_where_they_are_known(
    seen: int | None, state: State, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(microphones, "count", lambda: seen)
    finding = next(item for item in walk(stage) if item.link == "microphone")
    assert finding.state is state


@pytest.mark.parametrize(
    ("lines", "now", "state"),
    [
        ("version = 3.11.7", "3.11.9", State.OK),
        ("version = 3.11.7", "3.13.1", State.FAILED),
        ("version = 3.13.1", "3.11.7", State.FAILED),
        ("VERSION=3.12.0", "3.13.1", State.FAILED),
        ("version_info = 3.11.7.final.0", "3.11.9", State.OK),
        ("version_info = 3.12.0.final.0", "3.13.1", State.FAILED),
        ("prompt = version", "3.13.1", State.OK),
        ("version = unknown", "3.13.1", State.OK),
        ("", "3.13.1", State.OK),
    ],
)
def test_a_python_of_another_minor_version_than_set_up_used_is_a_fault(
    lines: str, now: str, state: State, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "pyvenv.cfg").write_text(f"home = /usr/bin\n{lines}\n")
    program = tmp_path / "bin" / "python"
    program.write_text(f"#!/bin/sh\necho {now}\n")
    program.chmod(0o755)
    found = check_files.python(program)
    assert found.state is state, found
    assert found.mend == (AGAIN if state is State.FAILED else "")


def test_an_environment_without_pyvenv_cfg_is_no_fault_of_its_python(stage: Stage) -> None:
    (stage.python.parents[1] / "pyvenv.cfg").unlink()
    assert check_files.python(stage.python).state is State.OK


@pytest.mark.parametrize("version", ["", "3.9.1", "3.13.1"], ids=["removed", "too old", "replaced"])
def test_a_python_that_cannot_be_used_any_more_is_mended_by_set_up(version: str, stage: Stage) -> None:
    if version:
        python_says(version)(stage)
    else:
        python_gone(stage)
    finding = check_files.python(stage.python)
    assert (finding.link, finding.state, finding.mend) == ("python", State.FAILED, AGAIN)


# Faults, and the link that each one breaks.


def gone(path: Callable[[Stage], Path]) -> Callable[[Stage], None]:
    def plant(stage: Stage) -> None:
        found = path(stage)
        if found.is_dir() and not found.is_symlink():
            shutil.rmtree(found)
        else:
            found.unlink()

    return plant


def launcher_edited(stage: Stage) -> None:
    stage.installed.launcher.write_text("#!/bin/sh\nexit 0\n")


def python_gone(stage: Stage) -> None:
    stage.python.unlink()
    stage.python.symlink_to(stage.person / "no-such-python")


def python_old(stage: Stage) -> None:
    stage.python.unlink()
    stage.python.write_text("#!/bin/sh\necho 3.9.1\n")
    stage.python.chmod(0o755)


def python_says(version: str) -> Callable[[Stage], None]:
    """Set-up made the environment with Python 3.11.7; now its `bin/python` is another one."""

    def plant(stage: Stage) -> None:
        with (stage.python.parents[1] / "pyvenv.cfg").open("a") as file:
            file.write("version = 3.11.7\n")
        stage.python.unlink()
        stage.python.write_text(f"#!/bin/sh\necho {version}\n")
        stage.python.chmod(0o755)

    return plant


def package_missing(stage: Stage) -> None:
    for item in stage.packages.glob("truststore*"):
        item.unlink()


def package_of_another_version(stage: Stage) -> None:
    (found,) = stage.packages.glob("websockets-*.dist-info")
    found.unlink()
    other = stage.packages / "websockets-9.1.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: websockets\nVersion: 9.1\n")


def package_broken(stage: Stage) -> None:
    (stage.packages / "tomlkit").unlink()
    (stage.packages / "tomlkit").mkdir()
    (stage.packages / "tomlkit" / "__init__.py").write_text("raise OSError('half of the disk is missing')\n")


def host_loose(stage: Stage) -> None:
    stage.installed.native_host.chmod(0o666)


def folder_above_loose(stage: Stage) -> None:
    stage.installed.data.parent.chmod(0o777)


def settings_loose(_stage: Stage) -> None:
    paths.settings_file().chmod(0o666)


def of_another_user(stage: Stage) -> None:
    os.chown(stage.installed.native_host, 12345, -1)


def extension_older(stage: Stage) -> None:
    path = stage.installed.extension / "manifest.json"
    path.write_text(path.read_text().replace('"version": "0.1.0"', '"version": "0.0.9"'))


def disk_full(stage: Stage) -> None:
    """Under the log: a disk too small for it."""
    target = stage.person / "state"
    target.mkdir(exist_ok=True)
    subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", target], check=True)


def read_only(folder: str) -> Callable[[Stage], None]:
    def plant(stage: Stage) -> None:
        target = stage.person / folder
        subprocess.run(["/bin/mount", "--bind", target, target], check=True)
        subprocess.run(["/bin/mount", "-o", "remount,bind,ro", target], check=True)

    return plant


def settings_no_toml(_stage: Stage) -> None:
    paths.write_private(paths.settings_file(), b"[gemini\n")


def setting_senseless(stage: Stage) -> None:
    stage.set(voice="Puck 2")


def browser_is_a_snap(stage: Stage) -> None:
    (stage.person / "bin" / "chromium").unlink()
    (stage.person / "snap").touch(0o755)
    (stage.person / "bin" / "chromium").symlink_to(stage.person / "snap")


def browser_is_a_script_for(command: str) -> Callable[[Stage], None]:
    def plant(stage: Stage) -> None:
        (stage.person / "bin" / "chromium").unlink()
        (stage.person / "bin" / "chromium-browser").write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (stage.person / "bin" / "chromium-browser").chmod(0o755)

    return plant


def browser_is_a_flatpak(stage: Stage) -> None:
    (stage.person / "bin" / "chromium").unlink()
    # A Flatpak keeps its profile in ~/.var/app.
    stage.local_state.unlink()
    (stage.person / "home/.local/share/flatpak/app/org.chromium.Chromium").mkdir(parents=True)


def policy(**lines: object) -> Callable[[Stage], None]:
    def plant(stage: Stage) -> None:
        folder = stage.person / "root/etc/chromium/policies/managed"
        folder.mkdir(parents=True)
        (folder / "company.json").write_text(json.dumps(lines))

    return plant


def manifest_cannot_be_read(stage: Stage) -> None:
    stage.manifest.unlink()
    stage.manifest.symlink_to(stage.manifest.name)


def manifest_with(**change: object) -> Callable[[Stage], None]:
    def plant(stage: Stage) -> None:
        stage.manifest.write_text(json.dumps({**json.loads(stage.manifest.read_text()), **change}))

    return plant


def manifest_no_json(stage: Stage) -> None:
    stage.manifest.write_text('{"name": "app.tabtalk.host",')


def manifest_in_the_wrong_place(stage: Stage) -> None:
    other = stage.person / "config/google-chrome/NativeMessagingHosts"
    other.mkdir(parents=True)
    stage.manifest.rename(other / stage.manifest.name)


def profile_where_the_variable_does_not_lead(stage: Stage) -> None:
    """As a browser that is started from the desktop, where only a terminal has XDG_CONFIG_HOME."""
    default = stage.person / "home/.config/chromium"
    default.mkdir(parents=True)
    stage.local_state.rename(default / "Local State")


def manifest_of_another_installation(stage: Stage) -> None:
    other = stage.person / "other" / "tabtalk-host"
    other.parent.mkdir()
    shutil.copy(stage.installed.launcher, other)
    stage.manifest.write_bytes(manifest.build(other))


def two_installations(stage: Stage) -> None:
    """Chromium is led here, Vivaldi elsewhere."""
    other = stage.person / "other" / "tabtalk-host"
    other.parent.mkdir()
    shutil.copy(stage.installed.launcher, other)
    (stage.person / "bin" / "vivaldi").touch(0o755)
    path = browsers.manifest_in(stage.person / "config" / "vivaldi")
    path.parent.mkdir(parents=True)
    path.write_bytes(manifest.build(other))


def manifest_loose(stage: Stage) -> None:
    stage.manifest.chmod(0o666)


def launcher_not_to_be_run(stage: Stage) -> None:
    stage.installed.launcher.chmod(0o600)


def at_its_start(program: str) -> Callable[[Stage], None]:
    return lambda stage: stage.edit("native_host.py", "import contextlib\n", f"import contextlib\n{program}\n")


def cannot_listen(stage: Stage) -> None:
    # An address of a documentation's network, which no computer has.
    stage.edit("tabtalk/listener.py", 'ADDRESS = "127.0.0.1"', 'ADDRESS = "192.0.2.1"')


def listens_elsewhere(stage: Stage) -> None:
    stage.edit("tabtalk/listener.py", 'ADDRESS = "127.0.0.1"', 'ADDRESS = "127.0.0.2"')


def forgets_its_token(stage: Stage) -> None:
    stage.edit("tabtalk/tokens.py", "        shown = token.encode", "        token = ''\n        shown = token.encode")


def does_not_prove_itself(stage: Stage) -> None:
    stage.edit("tabtalk/gate.py", "= credentials.server_token", "= 'somebody else'")


def stays_behind(stage: Stage) -> None:
    stage.edit(
        "native_host.py", "    asyncio.run(serve())\n", "    asyncio.run(serve())\n    __import__('time').sleep(9)\n"
    )


def key_file_wide(_stage: Stage) -> None:
    paths.key_file().chmod(0o644)


def key_file_linked(stage: Stage) -> None:
    paths.key_file().rename(stage.person / "key")
    paths.key_file().symlink_to(stage.person / "key")


def keychain(program: str) -> Callable[[Stage], None]:
    """The key is in a keychain that does this when it is asked."""

    def plant(stage: Stage) -> None:
        backend = (
            "import time\nfrom keyring.backend import KeyringBackend\nfrom keyring.errors import KeyringLocked\n"
            "class Keyring(KeyringBackend):\n    priority = 1\n"
            f"    def get_password(self, service, username):\n        {program}\n"
            "    set_password = delete_password = get_password\n"
        )
        (stage.packages / "planted_keychain.py").write_text(backend)
        stage.monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "planted_keychain.Keyring")
        stage.set(store="keychain")

    return plant


def keychain_gone(stage: Stage) -> None:
    stage.monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    stage.set(store="keychain")


def unused_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def nobody_listens(stage: Stage) -> None:
    stage.set(base_url=f"https://127.0.0.1:{unused_port()}")


def no_such_name(stage: Stage) -> None:
    stage.set(base_url="https://nowhere.invalid")


def proxy(address: Callable[[], str]) -> Callable[[Stage], None]:
    def plant(stage: Stage) -> None:
        stage.monkeypatch.setenv("HTTPS_PROXY", address())
        stage.set(base_url="https://nowhere.invalid")

    return plant


def certificate_unknown(stage: Stage) -> None:
    stage.set(ca_file="")


def model_gone(stage: Stage) -> None:
    stage.set(model="gemini-9")


def serves(scenario: Callable[..., object]) -> Callable[[Stage], None]:
    def plant(stage: Stage) -> None:
        stage.service.server.scenario = scenario  # type: ignore[assignment]

    return plant


def closes(code: int, reason: str) -> Callable[[Stage], None]:
    return serves(partial(CloseWith, code=code, reason=reason))


ROOT = os.geteuid() == 0 if hasattr(os, "geteuid") else False
as_root = pytest.mark.skipif(not ROOT, reason="needs root")

FAULTS = [
    # fault, how it is planted, the link that it breaks, what the finding says
    ("nothing was set up", gone(lambda s: s.installed.data), "installed", "is not set up"),
    ("the launcher is gone", gone(lambda s: s.installed.launcher), "installed", "tabtalk-host is missing"),
    ("the launcher was edited", launcher_edited, "installed", "not as set-up made it"),
    ("the extension is not whole", gone(lambda s: s.installed.extension / "manifest.json"), "installed", "is missing"),
    ("the environment is gone", gone(lambda s: s.python.parents[1]), "installed", "environment"),
    ("the Python is gone", python_gone, "python", r"does not start \(No such file"),
    ("the Python is too old", python_old, "python", "is Python 3.9.1"),
    ("the Python was replaced", python_says("3.13.1"), "python", r"was Python 3\.11\.7 .* and is 3\.13\.1 now"),
    ("a package is missing", package_missing, "environment", "truststore is missing"),
    ("a package is of another version", package_of_another_version, "environment", "websockets is 9.1"),
    ("a package is broken", package_broken, "environment", "tomlkit does not load"),
    ("T29: the host may be changed by everybody", host_loose, "files", "native_host.py"),
    ("T29: a folder above may be changed by everybody", folder_above_loose, "files", "data"),
    ("T29: the settings may be changed by everybody", settings_loose, "files", "settings.toml"),
    ("T29: a file is another user's", of_another_user, "files", "native_host.py"),
    ("the extension is older than the host", extension_older, "versions", "The extension is 0.0.9, the host 0.1.0"),
    ("F30: the disk is full", disk_full, "folders", "No space left"),
    ("F30: the settings are read-only", read_only("config/tabtalk"), "folders", "config/tabtalk.*Read-only"),
    ("F30: the data folder is read-only", read_only("data/tabtalk"), "folders", "data/tabtalk.*Read-only"),
    ("the settings are no TOML", settings_no_toml, "settings", "make no sense"),
    ("a setting makes no sense", setting_senseless, "settings", "'voice'"),
    ("the certificate file is gone", gone(lambda s: s.person / "ca.pem"), "settings", "ca.pem cannot be read"),
    ("the browser is a Snap", browser_is_a_snap, "browser", "Chromium is a Snap"),
    ("the browser is Ubuntu's script for a Snap", browser_is_a_script_for("/snap/bin/chromium"), "browser", "is a Snap"),
    ("the browser is a script for a Flatpak", browser_is_a_script_for("flatpak run a.B"), "browser", "is a Flatpak"),
    ("the browser is a Flatpak", browser_is_a_flatpak, "browser", "Chromium is a Flatpak"),
    ("a policy forbids all hosts", policy(NativeMessagingBlocklist=["*"]), "policy", "NativeMessagingBlocklist in"),
    ("a policy forbids a person's hosts", policy(NativeMessagingUserLevelHosts=False), "policy", "UserLevelHosts in"),
    ("F19: no manifest", gone(lambda s: s.manifest), "manifest", "is missing"),
    ("F19: no manifest that can be read", manifest_cannot_be_read, "manifest", "cannot be read"),
    ("F19: a manifest that is no JSON", manifest_no_json, "manifest", "is not JSON"),
    ("F19: a manifest for another extension", manifest_with(allowed_origins=["chrome-extension://a/"]), "manifest", "let in"),
    ("F19: a manifest of another name", manifest_with(name="app.tabtalk.hosts"), "manifest", "No browser|another name"),
    ("F19: a manifest with a wrong path", manifest_with(path="/nowhere/tabtalk-host"), "manifest", "is not there"),
    ("F19: a manifest with half a path", manifest_with(path="tabtalk-host"), "manifest", "whole path"),
    ("a manifest where another browser looks", manifest_in_the_wrong_place, "manifest", "chromium.* is missing"),
    ("set-up had another XDG_CONFIG_HOME", profile_where_the_variable_does_not_lead, "manifest", "started with XDG_CONFIG"),
    ("another installation took the manifest", manifest_of_another_installation, "manifest", "another installation"),
    ("two installations are registered", two_installations, "manifest", "vivaldi.* another installation"),
    ("T29: a manifest that everybody may change", manifest_loose, "manifest", "may be changed by others"),
    ("F19: the launcher may not be run", launcher_not_to_be_run, "launch", "Permission denied"),
    ("F19: the host ends at once", at_its_start("raise SystemExit('no')"), "launch", "ended before it answered. It said: no"),
    ("F19: the host misses a module", at_its_start("import no_such_module"), "launch", "No module named"),
    ("F19: the host prints", at_its_start("print('Hello, I am the host', flush=True)"), "handshake", "something else"),
    ("F19: the host hangs", at_its_start("__import__('time').sleep(30)"), "handshake", "did not answer within"),
    ("F31: no port to be had", cannot_listen, "socket", "cannot listen"),
    ("F31: the host listens elsewhere", listens_elsewhere, "socket", "cannot be reached at 127.0.0.1"),
    ("the host forgets its token", forgets_its_token, "token", "401"),
    ("the host does not prove itself", does_not_prove_itself, "token", "something else than the host"),
    ("the host stays behind", stays_behind, "goodbye", "did not leave"),
    ("T17: the key's file is wide", key_file_wide, "keychain", "chmod 600"),
    ("T17: the key's file is a link", key_file_linked, "keychain", "symbolic link"),
    ("the key's file is gone", gone(lambda _s: paths.key_file()), "keychain", "is gone"),
    ("F29: the keychain hangs", keychain("time.sleep(30)"), "keychain", "within 3 seconds"),
    ("F29: the keychain is locked", keychain("raise KeyringLocked('x')"), "keychain", "it is locked"),
    ("F29: the keychain fails", keychain("raise OSError('AIza')"), "keychain", r"it failed \(OSError\)"),
    ("F29: the keychain lost the key", keychain("return None"), "keychain", "no longer in the system's keychain"),
    ("F29: there is no keychain any more", keychain_gone, "keychain", "this system has none"),
    ("nobody listens at the endpoint", nobody_listens, "endpoint", "cannot be reached"),
    ("the name does not resolve", no_such_name, "endpoint", "nowhere.invalid:443: the service cannot be reached"),
    ("the proxy is down", proxy(lambda: f"http://u:{KEY}@127.0.0.1:{unused_port()}"), "endpoint", "the proxy 127.0.0.1"),
    ("the proxy is a SOCKS proxy", proxy(lambda: "socks5://127.0.0.1:9"), "endpoint", "SOCKS"),
    ("the certificate is of nobody known", certificate_unknown, "tls", "certificate"),
    ("the key is refused", serves(RejectKey), "key", "API key not valid"),
    ("the key has no rights", closes(1008, "PERMISSION_DENIED"), "key", "PERMISSION_DENIED"),
    ("the model is gone", model_gone, "model", "gemini-9 is not found"),
    ("the quota is used up", closes(1011, wire.QUOTA_TEXT), "session", "quota"),
    ("the request is refused", closes(1007, "Cannot find field"), "session", "Cannot find field"),
    ("the service has a fault", closes(1011, "Internal error"), "session", "Internal error"),
    ("the service never confirms", serves(NoSetupComplete), "session", "no answer in time"),
]  # fmt: skip
NEEDS_ROOT = (of_another_user,)


@pytest.fixture
def unmounted(person: Path) -> Iterator[None]:
    yield
    for folder in ("state", "config/tabtalk", "data/tabtalk"):
        # Where nothing was mounted it says so, and that is all.
        subprocess.run(["/bin/umount", "--lazy", person / folder], capture_output=True, check=False)


@pytest.mark.slow
@pytest.mark.usefixtures("unmounted")
@pytest.mark.parametrize(
    ("plant", "link", "says"),
    [
        pytest.param(*row[1:], id=row[0], marks=[as_root] if row[1] in NEEDS_ROOT or row[2] == "folders" else [])
        for row in FAULTS
    ],
)
def test_f19_f29_f30_f31_a_planted_fault_is_found_and_rightly_named(
    plant: Callable[[Stage], None], link: str, says: str, stage: Stage
) -> None:
    plant(stage)
    found = walk(stage)
    broken = [finding for finding in found if finding.state is State.FAILED]
    assert {finding.link for finding in broken} == {link}, found
    assert any(re.search(says, finding.text) for finding in broken), broken
    assert all(finding.mend for finding in broken)
    # What cannot be told because of it leads there, and not to another.
    blocked = {finding.text for finding in found if finding.text.startswith("not looked at")}
    assert blocked <= {f"not looked at: first mend {link!r}"}
    assert not any(KEY in str(finding) for finding in found)
    assert list(dict.fromkeys(finding.link for finding in found)) == [row.id for row in LINKS]


def test_there_are_faults_for_every_link_but_the_microphone() -> None:
    assert len(FAULTS) >= 25
    assert {row[2] for row in FAULTS} == {link.id for link in LINKS} - {"microphone"}

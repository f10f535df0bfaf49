"""`setup/config_home.py`, and what `--check` finds where the browser is started with another XDG_CONFIG_HOME than set-up."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tabtalk.setup import browsers, check_browsers, config_home, registration
from tabtalk.setup.changes import Changes
from tabtalk.setup.registration import Record
from tabtalk.way import State

if TYPE_CHECKING:
    from tabtalk.setup.copies import Installed
    from tabtalk.setup.links import Finding

INSTALL = "python3 host/install.py"
pytestmark = pytest.mark.usefixtures("chromium")


class Machine:
    """Chromium, and set-up and `--check` in environments of their own."""

    def __init__(self, person: Path, installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
        self.default = person / "home" / ".config"
        self.moved = person / "moved to"
        self._installed = installed
        self._monkeypatch = monkeypatch

    def set(self, **variables: Path) -> None:
        for name in browsers.CONFIG_VARIABLES:
            self._monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            self._monkeypatch.setenv(name, str(value))

    def set_up(self, user_data_dir: Path | None = None, **variables: Path) -> None:
        self.set(**variables)
        with Changes(self._installed.data) as changes:
            written = registration.register(changes, self._installed, browsers.find(), user_data_dir)
            record = Record.read(self._installed.record).with_more(written, changes.folders_made)
            changes.write(self._installed.record, record.dump())

    def use(self, root: Path) -> None:
        """What the browser leaves when it was started once."""
        (root / "chromium").mkdir(parents=True, exist_ok=True)
        (root / "chromium" / "Local State").write_text("{}")

    def check(self, user_data_dir: Path | None = None, **variables: Path) -> list[Finding]:
        """The findings that are not ok."""
        self.set(**variables)
        found = list(check_browsers.manifests(self._installed, user_data_dir))
        assert len({(item.text, item.subject) for item in found}) == len(found)
        return [item for item in found if item.state is not State.OK]

    def note(self, user_data_dir: Path | None = None, names: tuple[str, ...] = (), **variables: Path) -> list[str]:
        self.set(**variables)
        return config_home.note_lines([] if user_data_dir else browsers.find(), names, user_data_dir)


@pytest.fixture
def machine(person: Path, installed: Installed, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(person, installed, monkeypatch)


# The note of set-up.


def test_the_note_says_what_a_browser_does_not_find_and_what_to_do(machine: Machine) -> None:
    assert machine.note(XDG_CONFIG_HOME=machine.moved) == [
        f"Note: set-up ran with XDG_CONFIG_HOME={machine.moved}.",
        "A browser that is started without it, for example from a menu, finds neither Tabtalk nor its settings.",
        f"Set it for the whole login session, or run: env -u XDG_CONFIG_HOME {INSTALL}",
    ]


def test_the_note_repeats_the_arguments_that_matter(machine: Machine, person: Path) -> None:
    assert machine.note(names=("chromium", "vivaldi"), XDG_CONFIG_HOME=machine.moved)[-1].endswith(
        f"env -u XDG_CONFIG_HOME {INSTALL} --browser chromium --browser vivaldi"
    )
    _, lost, mend = machine.note(person / "a profile", XDG_CONFIG_HOME=machine.moved)
    assert "finds Tabtalk, but not its settings" in lost
    assert mend.endswith(f"{INSTALL} --user-data-dir '{person / 'a profile'}'")


def test_the_note_names_each_variable_that_moves_something(machine: Machine, person: Path) -> None:
    first, lost, mend = machine.note(CHROME_CONFIG_HOME=machine.moved)
    assert first == f"Note: set-up ran with CHROME_CONFIG_HOME={machine.moved}."
    assert "does not find Tabtalk." in lost
    assert "env -u CHROME_CONFIG_HOME python3" in mend
    first, lost, mend = machine.note(CHROME_CONFIG_HOME=machine.moved, XDG_CONFIG_HOME=person / "other")
    assert f"CHROME_CONFIG_HOME={machine.moved} and XDG_CONFIG_HOME={person / 'other'}" in first
    assert "without them" in lost
    assert "env -u CHROME_CONFIG_HOME -u XDG_CONFIG_HOME python3" in mend
    first, lost, _ = machine.note(CHROME_CONFIG_HOME=machine.default, XDG_CONFIG_HOME=machine.moved)
    assert "CHROME" not in first
    assert "finds Tabtalk, but not its settings" in lost


def test_there_is_no_note_where_nothing_is_moved(machine: Machine, person: Path) -> None:
    machine.default.mkdir(parents=True)
    (person / "link").symlink_to(machine.default)
    same = person / "home" / "x" / ".." / ".config"
    (person / "home" / "x").mkdir()
    for root in (machine.default, person / "link", same, Path("relative"), Path()):
        assert machine.note(XDG_CONFIG_HOME=root, CHROME_CONFIG_HOME=root) == []
    assert machine.note() == []
    assert machine.note(person / "p", CHROME_CONFIG_HOME=machine.moved) == []


def test_the_note_is_about_settings_alone_on_macos_and_never_on_windows(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsers, "SYSTEM", "darwin")
    _, lost, _ = machine.note(XDG_CONFIG_HOME=machine.moved)
    assert lost.endswith("for example from the Dock, finds Tabtalk, but not its settings.")
    assert machine.note(CHROME_CONFIG_HOME=machine.moved) == []
    monkeypatch.setattr(browsers, "SYSTEM", "win32")
    assert machine.note(XDG_CONFIG_HOME=machine.moved) == []


# `--check`.


@pytest.mark.parametrize("variable", browsers.CONFIG_VARIABLES)
@pytest.mark.parametrize("with_profile", [True, False])
def test_nothing_is_found_where_both_are_in_the_default_folder(
    with_profile: bool, variable: str, machine: Machine, person: Path
) -> None:
    machine.set_up()
    if with_profile:
        machine.use(machine.default)
    assert machine.check() == []
    (person / "link").symlink_to(machine.default)
    assert machine.check(**{variable: person / "link"}) == []


@pytest.mark.parametrize("variable", browsers.CONFIG_VARIABLES)
def test_nothing_is_found_where_both_are_in_the_folder_of_the_variable(variable: str, machine: Machine) -> None:
    machine.set_up(**{variable: machine.moved})
    machine.use(machine.moved)
    assert machine.check(**{variable: machine.moved}) == []
    assert machine.check() == []


@pytest.mark.parametrize("variable", browsers.CONFIG_VARIABLES)
@pytest.mark.parametrize("is_set", [True, False])
def test_a_browser_that_was_started_without_the_variable_is_found(
    is_set: bool, variable: str, machine: Machine
) -> None:
    machine.use(machine.default)
    machine.set_up(**{variable: machine.moved})
    (finding,) = machine.check(**({variable: machine.moved} if is_set else {}))
    assert (finding.link, finding.state, finding.subject) == ("manifest", State.FAILED, "Chromium")
    assert f"profile in {machine.default / 'chromium'}, but Tabtalk's manifest is in {machine.moved / 'chromium'}" in (
        finding.text
    )
    # Where it is not set any more nothing tells which of the two it was: either leads there.
    assert f"only if it is started with {variable if is_set else 'XDG_CONFIG_HOME'}={machine.moved}." in finding.text
    assert finding.mend == f"run: {f'env -u {variable} ' if is_set else ''}{INSTALL} --browser chromium"
    machine.set_up()
    assert machine.check() == []


@pytest.mark.parametrize("is_set", [True, False])
def test_a_browser_that_was_started_with_the_variable_is_found(is_set: bool, machine: Machine) -> None:
    machine.set_up()
    machine.use(machine.moved)
    found = machine.check(**({"XDG_CONFIG_HOME": machine.moved} if is_set else {}))
    if not is_set:
        # Nothing here knows of that folder.
        assert found == []
        return
    (finding,) = found
    assert finding.state is State.FAILED
    assert "only if it is started without XDG_CONFIG_HOME." in finding.text
    assert finding.mend == f"run: {INSTALL} --browser chromium"


def test_the_command_sets_the_variable_where_chromes_own_hides_it(machine: Machine, person: Path) -> None:
    machine.set_up(CHROME_CONFIG_HOME=person / "chrome's")
    machine.use(machine.moved)
    (finding,) = machine.check(CHROME_CONFIG_HOME=person / "chrome's", XDG_CONFIG_HOME=machine.moved)
    assert finding.state is State.FAILED
    assert finding.mend == (
        f"run: env -u CHROME_CONFIG_HOME XDG_CONFIG_HOME={shlex.quote(str(machine.moved))} {INSTALL} --browser chromium"
    )


@pytest.mark.parametrize("is_set", [True, False])
def test_a_browser_that_was_never_started_cannot_be_told(is_set: bool, machine: Machine) -> None:
    machine.set_up(XDG_CONFIG_HOME=machine.moved)
    (finding,) = machine.check(**({"XDG_CONFIG_HOME": machine.moved} if is_set else {}))
    assert (finding.link, finding.state, finding.subject) == ("manifest", State.UNKNOWN, "Chromium")
    assert finding.text == (
        f"Tabtalk's manifest is in {machine.moved / 'chromium'}. "
        f"Chromium looks there only if it is started with XDG_CONFIG_HOME={machine.moved}."
    )
    assert finding.mend == (
        "set XDG_CONFIG_HOME for the whole login session, or run: "
        f"{'env -u XDG_CONFIG_HOME ' if is_set else ''}{INSTALL} --browser chromium"
    )


def test_a_variable_that_is_set_only_for_the_check_cannot_be_told(machine: Machine) -> None:
    machine.set_up()
    (finding,) = machine.check(XDG_CONFIG_HOME=machine.moved)
    assert finding.state is State.UNKNOWN
    assert "only if it is started without XDG_CONFIG_HOME." in finding.text
    assert finding.mend.endswith(f"run: {INSTALL} --browser chromium")


@pytest.mark.parametrize("is_set", [True, False])
def test_two_profiles_and_one_manifest_cannot_be_told(is_set: bool, machine: Machine) -> None:
    machine.set_up(XDG_CONFIG_HOME=machine.moved)
    machine.use(machine.default)
    machine.use(machine.moved)
    (finding,) = machine.check(**({"XDG_CONFIG_HOME": machine.moved} if is_set else {}))
    assert finding.state is State.UNKNOWN
    assert (
        f"profiles in {machine.default / 'chromium'} and {machine.moved / 'chromium'}; only the second" in finding.text
    )
    assert finding.mend.endswith(f"run: {'env -u XDG_CONFIG_HOME ' if is_set else ''}{INSTALL} --browser chromium")
    machine.set_up()
    assert machine.check(**({"XDG_CONFIG_HOME": machine.moved} if is_set else {})) == []


@pytest.mark.parametrize("folder", ["home/.config/tabtalk", "moved to/tabtalk"])
def test_a_check_that_reads_other_settings_than_the_browsers_host_says_so(
    folder: str, machine: Machine, person: Path
) -> None:
    machine.set_up()
    machine.use(machine.default)
    # Both read the defaults while nobody has changed a setting.
    assert machine.check(XDG_CONFIG_HOME=machine.moved) == []
    (person / folder).mkdir(parents=True)
    (finding,) = machine.check(XDG_CONFIG_HOME=machine.moved)
    assert finding.state is State.UNKNOWN
    assert finding.text.endswith(
        f"Its host reads the settings in {machine.default / 'tabtalk'}, "
        f"but this check has read those in {machine.moved / 'tabtalk'}."
    )
    assert finding.mend.endswith(f"run: env -u XDG_CONFIG_HOME {INSTALL} --check")
    # Chrome's own variable does not move the settings.
    assert machine.check(CHROME_CONFIG_HOME=machine.moved) == []


def test_a_check_without_the_variable_says_that_the_settings_are_elsewhere(machine: Machine) -> None:
    machine.set_up(XDG_CONFIG_HOME=machine.moved)
    machine.use(machine.moved)
    (machine.moved / "tabtalk").mkdir()
    (finding,) = machine.check()
    assert finding.state is State.UNKNOWN
    assert finding.mend.endswith(f"run: env XDG_CONFIG_HOME='{machine.moved}' {INSTALL} --check")


def test_a_manifest_that_is_missing_is_said_once(machine: Machine) -> None:
    machine.use(machine.default)
    machine.use(machine.moved)
    machine.set_up(XDG_CONFIG_HOME=machine.moved)
    machine.set_up()
    browsers.manifest_in(machine.default / "chromium").unlink()
    (finding,) = machine.check()
    assert (finding.state, finding.text.endswith("is missing.")) == (State.FAILED, True)


def test_a_profile_folder_that_was_named_is_no_matter_of_the_variable(machine: Machine, person: Path) -> None:
    machine.use(machine.default)
    machine.set_up(person / "p", XDG_CONFIG_HOME=machine.moved)
    assert machine.check(person / "p", XDG_CONFIG_HOME=machine.moved) == []
    (finding,) = machine.check()
    assert (finding.state, finding.text) == (State.UNKNOWN, "Tabtalk is not set up for Chromium.")


def test_other_systems_have_no_such_places(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.set(XDG_CONFIG_HOME=machine.moved)
    browser = next(item for item in browsers.BROWSERS if item.name == "chromium")
    assert len(config_home.profile_places(browser, [])) == 2
    for system in ("darwin", "win32"):
        monkeypatch.setattr(browsers, "SYSTEM", system)
        assert config_home.profile_places(browser, []) == []


def test_a_recorded_path_that_makes_no_sense_is_no_place(machine: Machine) -> None:
    machine.set()
    brave = next(item for item in browsers.BROWSERS if item.name == "brave")
    good = "/x/BraveSoftware/Brave-Browser/NativeMessagingHosts/app.tabtalk.host.json"
    found = config_home.profile_places(brave, ["", "x", "/", "/Brave-Browser/a/b", good])
    assert [place.root for place in found] == [machine.default, Path("/x")]

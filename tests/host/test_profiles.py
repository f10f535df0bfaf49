"""`tabtalk/profiles.py`: names, which one is in use, and how they stand in the settings file."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tabtalk import profiles, settings
from tabtalk.profiles import Profile
from tabtalk.settings import SettingsInvalid

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.toml"


def write(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")


def test_without_a_file_there_is_one_and_it_is_empty(file: Path) -> None:
    known = profiles.load(file)
    assert (known.active, known.all) == ("default", {"default": Profile("default")})


def test_the_single_key_of_versions_before_is_the_default_and_moves_with_the_first_change(file: Path) -> None:
    write(file, '[gemini]\nvoice = "Puck"\n\n[key] # mine\nstore = "keychain"\nfuture = 1\n')
    assert profiles.load(file).current == Profile("default", "keychain")
    profiles.add("work", file)
    text = file.read_text("utf-8")
    assert '[profiles.default]\nstore = "keychain"' in text
    assert "[key] # mine\nfuture = 1" in text
    assert settings.load(file).voice == "Puck"
    known = profiles.load(file)
    assert known.active == "default"
    assert known.all == {"default": Profile("default", "keychain"), "work": Profile("work")}


def test_one_is_chosen_renamed_and_removed(file: Path) -> None:
    profiles.put(Profile("default", "file"), file)
    profiles.add("工作 2", file)
    profiles.choose("工作 2", file)
    assert profiles.load(file).current == Profile("工作 2")
    profiles.rename("工作 2", "  Lab \n 1", file)
    assert profiles.load(file).active == "Lab 1"
    assert [*profiles.load(file).all] == ["default", "Lab 1"]
    profiles.rename("Lab 1", "lab 1", file)
    profiles.remove("lab 1", file)
    assert profiles.load(file).current == Profile("default", "file")
    profiles.remove("default", file)
    assert profiles.load(file).all == {"default": Profile("default")}


def test_a_profile_keeps_what_this_version_does_not_know(file: Path) -> None:
    write(file, '[profiles.work]\nstore = "file"\nfuture = 1 # later\n')
    profiles.put(Profile("work", "keychain"), file)
    assert '[profiles.work]\nstore = "keychain"\nfuture = 1 # later\n' in file.read_text("utf-8")


def test_without_default_the_first_is_in_use_where_the_file_says_nothing_else(file: Path) -> None:
    write(file, '[profiles.lab]\nstore = "none"\n[profiles.work]\nstore = "file"\n')
    assert profiles.load(file).active == "lab"
    write(file, '[key]\nprofile = "work"\n[profiles.lab]\nstore = "none"\n[profiles.work]\nstore = "file"\n')
    assert profiles.load(file).current == Profile("work", "file")


@pytest.mark.parametrize(
    "name", ["", " ", "-x", "a/b", "..", "a\\b", "a.b", "x" * 41, "a\0b", "a:b", "🔑", "__proto__", "a\u202eb"]
)
def test_what_could_be_more_than_a_name_is_refused(file: Path, name: str) -> None:
    with pytest.raises(SettingsInvalid, match="letters, digits"):
        profiles.add(name, file)
    assert not file.exists()


@pytest.mark.parametrize("name", ["Work", "WORK", " work "])
def test_two_profiles_differ_in_more_than_capitals(file: Path, name: str) -> None:
    profiles.add("work", file)
    with pytest.raises(SettingsInvalid, match="already"):
        profiles.add(name, file)
    profiles.add("other", file)
    with pytest.raises(SettingsInvalid, match="already"):
        profiles.rename("other", name, file)


def test_there_is_an_end_to_how_many(file: Path) -> None:
    for number in range(profiles.MAX_PROFILES - 1):
        profiles.add(f"p{number}", file)
    with pytest.raises(SettingsInvalid, match="no more"):
        profiles.add("one more", file)
    profiles.rename("p3", "p33", file)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("profiles = 1", "'profiles' must be a table"),
        ("[profiles]\nwork = 1", "'work' must be a table"),
        ("[profiles.work]\nstore = 3", "'store' must be text"),
        ('[profiles.work]\nstore = "cloud"', "'store' must be one of"),
        ('[profiles."a/b"]\nstore = "file"', "letters, digits"),
        ('[profiles." a"]\nstore = "file"', "blanks"),
        ('[key]\nprofile = "gone"', "must name one"),
        ("[key]\nprofile = []", "must name one"),
        ('[profiles.lab]\nstore = "vertex"', "id of a Google Cloud project"),
        ('[profiles.lab]\nstore = "vertex"\nproject = "lab-1"\nlocation = "../x"', "region"),
    ],
)
def test_what_makes_no_sense_is_named_with_its_file(file: Path, text: str, says: str) -> None:
    write(file, text)
    with pytest.raises(SettingsInvalid, match=says) as refused:
        profiles.load(file)
    assert str(file) in str(refused.value)
    with pytest.raises(SettingsInvalid):
        profiles.add("more", file)
    assert file.read_text("utf-8") == text


def test_profiles_that_are_added_at_the_same_time_are_all_kept(file: Path) -> None:
    names = [f"profile {number}" for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda name: profiles.add(name, file), names))
    assert sorted(profiles.load(file).all) == sorted(["default", *names])

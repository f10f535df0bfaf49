"""`tabtalk/settings.py`: what is read, refused, written and kept."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tabtalk import paths, settings
from tabtalk.settings import Settings, SettingsInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = Path(__file__).parents[2] / "host"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tabtalk" / "settings.toml"


def write(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")


def test_without_a_file_there_are_the_defaults(file: Path) -> None:
    assert settings.load(file) == Settings(model="gemini-3.8-live", voice="", instructions="")


def test_every_setting_has_a_rule() -> None:
    assert settings._RULES.keys() == {field.name for field in dataclasses.fields(Settings)}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", "models/gemini-3.8-live"),
        ("voice", "Puck"),
        ("instructions", 'Say "ahoy" first.\nÜberall \\ ok \'\'\' """'),
        ("base_url", "https://gateway.example:8443/gemini"),
        ("base_url", "https://[::1]:1"),
        ("ca_file", "/etc/ssl/with space.pem"),
        ("language", "zh"),
        ("speed", "slow"),
        ("patience", "patient"),
        ("detail", "coarse"),
    ],
)
def test_what_is_written_is_read_back(file: Path, name: str, value: str) -> None:
    assert getattr(settings.change(file, **{name: value}), name) == value
    assert getattr(settings.load(file), name) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", ""),
        ("model", "a b"),
        ("model", "x" * 101),
        ("model", "gemini\n"),
        ("model", 3),
        ("voice", "Puck!"),
        ("voice", "x" * 41),
        ("instructions", "x" * 8001),
        ("instructions", "a\0b"),
        ("instructions", ["x"]),
        ("base_url", "http://gateway.example"),
        ("base_url", "wss://gateway.example"),
        ("base_url", "https://"),
        ("base_url", "https://user:secret@gateway.example"),
        ("base_url", "https://gateway.example/?key=1"),
        ("base_url", "https://gateway.example:99999"),
        ("base_url", "https://gate way.example"),
        ("base_url", "https://[::1"),
        ("language", "German"),
        ("language", "de\n"),
        ("speed", "Slow"),
        ("speed", ""),
        ("patience", ""),
        ("detail", "fine\n"),
        ("ca_file", "relative.pem"),
    ],
)
def test_what_does_not_fit_is_refused_by_name_and_nothing_is_written(file: Path, name: str, value: Any) -> None:
    with pytest.raises(SettingsInvalid, match=settings._RULES[name].name) as refused:
        settings.change(file, **{name: value})
    assert "secret" not in str(refused.value)
    assert not file.exists()


def test_comments_and_unknown_names_stay(file: Path) -> None:
    write(file, '# mine\n[gemini]\nvoice = "Puck" # soft\nfuture = [1, 2]\n\n[other]\nx = 1\n')
    settings.change(file, model="gemini-x")
    text = file.read_text("utf-8")
    for kept in ("# mine", 'voice = "Puck" # soft', "future = [1, 2]", "[other]\nx = 1"):
        assert kept in text
    assert settings.load(file) == Settings(model="gemini-x", voice="Puck")


def test_a_default_is_taken_out_of_the_file(file: Path) -> None:
    settings.change(file, voice="Puck", model="gemini-x")
    settings.change(file, voice="", model=settings.DEFAULT_MODEL)
    assert "voice" not in file.read_text("utf-8")
    assert settings.load(file) == Settings()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[gemini", "make no sense"),
        ("gemini = 1", "must be a table"),
        ("[gemini]\nmodel = 3", "'model' must be a model's name.*Correct it in"),
        ("a = " + "[" * 100000, "make no sense"),
    ],
)
def test_a_broken_file_is_named_and_left_alone(file: Path, text: str, says: str) -> None:
    write(file, text)
    with pytest.raises(SettingsInvalid, match=says) as refused:
        settings.load(file)
    assert str(file) in str(refused.value)
    with pytest.raises(SettingsInvalid):
        settings.change(file, voice="Puck")
    assert file.read_text("utf-8") == text


def test_a_file_that_is_not_text_is_named(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsInvalid, match="not UTF-8"):
        settings.load(file)


def test_the_extension_sees_and_changes_only_what_is_its(file: Path) -> None:
    before = settings.change(file, base_url="https://gateway.example")
    assert before.public() == {
        "model": "gemini-3.8-live",
        "voice": "",
        "instructions": "",
        "language": "",
        "speed": "normal",
        "patience": "normal",
        "detail": "fine",
        "park_minutes": "5",
    }
    after = settings.apply_public({"voice": "Kore", "instructions": "Be brief."}, file)
    assert (after.voice, after.instructions, after.base_url) == ("Kore", "Be brief.", "https://gateway.example")
    assert settings.apply_public({"voice": None}, file).voice == ""


@pytest.mark.parametrize("name", ["base_url", "ca_file", "store", "profile", "unknown", "__class__", "x" * 5000])
def test_t19_the_extension_cannot_turn_the_key_elsewhere(file: Path, name: str) -> None:
    with pytest.raises(SettingsInvalid, match="no setting") as refused:
        settings.apply_public({"voice": "Kore", name: "https://evil.example"}, file)
    assert len(str(refused.value)) < 200
    assert not file.exists()


@pytest.fixture
def managed() -> Iterator[None]:
    yield
    settings.manage({})


@pytest.mark.usefixtures("managed")
def test_what_an_organisation_decided_goes_before_the_file_and_is_not_written(file: Path) -> None:
    settings.change(file, voice="Puck", model="gemini-x")
    mark = settings.mark()
    assert settings.manage({"voice": "Kore", "language": "de"}) == []
    assert settings.mark() != mark
    held = settings.load(file)
    assert (held.voice, held.language, held.model) == ("Kore", "de", "gemini-x")
    with pytest.raises(SettingsInvalid, match="'voice' is decided by your organisation"):
        settings.apply_public({"model": "gemini-y", "voice": "Leda"}, file)
    assert settings.apply_public({"model": "gemini-y"}, file).voice == "Kore"
    settings.manage({})
    assert (settings.load(file), settings.mark()) == (Settings(model="gemini-y", voice="Puck"), mark)


@pytest.mark.usefixtures("managed")
def test_t19_nobody_but_the_file_decides_where_the_key_goes(file: Path) -> None:
    odd = {
        "base_url": "https://evil.example",
        "key_store": "file",
        "voice": 3,
        "model": "a b",
        "x" * 999: "",
        "language": "fr",
    }
    assert settings.manage(odd) == ["base_url", "key_store", "voice", "model", "x" * 40]
    assert settings.load(file) == Settings(language="fr")


def test_importing_and_reading_stay_cheap() -> None:
    program = (
        "import sys; from tabtalk import settings; settings.load();"
        "print([name for name in ('tomlkit', 'keyring', 'tomllib') if name in sys.modules])"
    )
    env = {"XDG_CONFIG_HOME": "/nonexistent", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


TWO_BROWSERS = """
import sys
from pathlib import Path
from tabtalk import paths, settings

name, first, second = sys.argv[2:]
for number in range(25):
    settings.change(Path(sys.argv[1]), **{name: first if number % 2 else second})
"""


def test_two_browsers_that_change_settings_at_the_same_time_lose_nothing(file: Path) -> None:
    # Each browser has a host of its own. The last of its changes must hold, whatever the other one writes meanwhile.
    changes = [("voice", "Puck", "Kore"), ("speed", "fast", "slow"), ("patience", "short", "patient")]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", TWO_BROWSERS, str(file), *change],
            env={"PYTHONPATH": str(HOST)},
            stderr=subprocess.PIPE,
        )
        for change in changes
    ]
    for process in running:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    kept = settings.load(file)
    assert (kept.voice, kept.speed, kept.patience) == ("Kore", "slow", "patient")
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_change_waits_for_one_that_has_begun(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first is held between its reading and its writing, for as long as the second could get through."""
    reading, second_done = threading.Event(), threading.Event()
    write_private = paths.write_private

    def write_slowly(path: Path, content: bytes) -> None:
        if b"Puck" in content and b"fast" not in content:
            reading.set()
            second_done.wait(0.3)
        write_private(path, content)

    monkeypatch.setattr(paths, "write_private", write_slowly)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(settings.change, file, voice="Puck")
        assert reading.wait(20)
        settings.change(file, speed="fast")
        second_done.set()
        first.result()
    kept = settings.load(file)
    assert (kept.voice, kept.speed) == ("Puck", "fast")


def test_a_change_that_waits_too_long_says_so_and_changes_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.change(file, voice="Puck")
    monkeypatch.setattr(settings, "LOCK_SECONDS", 0.1)
    with settings.exclusive(file), ThreadPoolExecutor(1) as pool, pytest.raises(settings.SettingsBusy, match="moment"):
        pool.submit(settings.change, file, voice="Kore").result()
    assert settings.load(file).voice == "Puck"

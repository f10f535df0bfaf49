"""Display, sound, speech, keys and a web site together: what one run of the end-to-end tests shares."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from stage.chromium import Chromium
from stage.display import Display
from stage.keys import Keys
from stage.mouse import Mouse
from stage.packaged import unpack
from stage.profile import Profile
from stage.sound import Sound
from stage.speech import Speech
from stage.web import Web

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_KEPT = ("PATH", "LANG", "LC_ALL", "TZ")


class Stage:
    """`env` is the environment of every program here; nothing of the person's own session gets in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.extension = unpack(folder)
        home = folder / "home"
        home.mkdir()
        self.env = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self.env |= {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "LANGUAGE": "en"}
        with contextlib.ExitStack() as stack:
            self.display = Display(folder, self.env)
            stack.callback(self.display.end)
            self.sound = Sound(folder, self.env)
            stack.callback(self.sound.end)
            self.web = Web()
            stack.callback(self.web.end)
            self.env |= self.display.env | self.sound.env
            self.speech = Speech(folder, self.env)
            self.keys = Keys(self.env)
            self.mouse = Mouse(self.env)
            self._ends = stack.pop_all()

    def chromium(
        self,
        profile: Profile,
        args: Sequence[str] = (),
        *,
        microphone: bool = True,
        env: dict[str, str] | None = None,
    ) -> Chromium:
        """Starts a browser on a profile; the caller ends it."""
        everything = self.env | profile.env | (env or {})
        return Chromium(profile, everything, args, extension=self.extension, microphone=microphone)

    def end(self) -> None:
        self._ends.close()

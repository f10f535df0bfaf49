"""A screen of its own: Xvfb, with openbox so that windows can have the focus."""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING

from stage.process import Process

if TYPE_CHECKING:
    from pathlib import Path

SIZE = (1440, 1000)
_SAVER_OFF, _SAVER_ON = 0, 1
"""`ScreenSaverReset` and `ScreenSaverActive` of X.h."""


class Display:
    """`env` is what a program needs to show itself here."""

    def __init__(self, folder: Path, env: dict[str, str], size: tuple[int, int] = SIZE) -> None:
        read, write = os.pipe()
        screen = f"{size[0]}x{size[1]}x24"
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", screen, "-nolisten", "tcp", "-noreset"]
        self._server = Process(command, env, folder / "xvfb.log", pass_fds=(write,))
        os.close(write)
        with os.fdopen(read) as pipe:  # the server writes its number when it is ready, or closes its end by ending
            number = pipe.readline().strip()
        if not number:
            self._server.wait_until(lambda: None, "no display", timeout=1)
        self.name = f":{number}"
        self.env = {"DISPLAY": self.name}
        ready = folder / "openbox-ready"
        self._windows = Process(
            ["openbox", "--sm-disable", "--startup", f"touch '{ready}'"], {**env, **self.env}, folder / "openbox.log"
        )
        self._windows.wait_until(ready.exists, "window manager")

    def lock(self) -> None:
        """As a locked screen looks to every program: its saver is on."""
        self._save(_SAVER_ON)

    def unlock(self) -> None:
        self._save(_SAVER_OFF)

    def _save(self, mode: int) -> None:
        library = ctypes.CDLL("libX11.so.6")
        library.XOpenDisplay.restype = ctypes.c_void_p
        display = ctypes.c_void_p(library.XOpenDisplay(self.name.encode()))
        assert display.value, self.name
        library.XForceScreenSaver(display, mode)
        library.XCloseDisplay(display)

    def end(self) -> None:
        self._windows.end()
        self._server.end()

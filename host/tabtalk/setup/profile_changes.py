"""`--rename-profile` and `--remove-profile`: what set-up does to a profile that is there, its key with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabtalk.setup.check_files import python_of
from tabtalk.setup.console import COMMAND, SetupError
from tabtalk.setup.request import RequestFailed, request

if TYPE_CHECKING:
    from tabtalk.setup.copies import Installed


def rename(installed: Installed, old: str, new: str) -> None:
    """Raises `SetupError`, with nothing changed."""
    _do(installed, "rename-profile", old=old, new=new)
    print(f"The profile {old!r} is {new!r} now, and its key with it.")


def remove(installed: Installed, name: str) -> None:
    """Raises `SetupError`."""
    active = _do(installed, "remove-profile", profile=name)
    print(f"The profile {name!r} is gone, and its key with it. In use: {active!r}.")


def _do(installed: Installed, do: str, **values: str) -> str:
    """The profile in use then. Only the environment can ask the keychain and write the settings."""
    python = python_of(installed)
    if python is None:
        raise SetupError(f"Tabtalk is not set up in {installed.data}.", f"set it up first: {COMMAND}")
    try:
        return str(request(installed, python, do, **values)["active"])
    except RequestFailed as error:
        raise SetupError(str(error), f"mend that, then run this again; {COMMAND} --check says more.") from None

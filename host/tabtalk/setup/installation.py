"""Setting Tabtalk up: the order in which the parts work."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from tabtalk import __version__, google_login, paths
from tabtalk.setup import answers, config_home, copies, environment, registration
from tabtalk.setup.changes import Changes
from tabtalk.setup.console import SetupError, Steps, python_command
from tabtalk.setup.key_trial import try_key
from tabtalk.setup.proof import ProofFailed, prove
from tabtalk.setup.registration import Record
from tabtalk.setup.request import RequestFailed, request, require

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from tabtalk.profiles import Profile
    from tabtalk.setup.browsers import Found
    from tabtalk.setup.copies import Installed


def install(installed: Installed, options: Namespace) -> None:
    """Sets Tabtalk up, or upgrades it. Raises `SetupError` or is interrupted with everything as it was before."""
    found = [] if options.user_data_dir else registration.choose(tuple(options.browser))
    put_in_place(installed, options, found, Steps(5), remember=True)
    if note := config_home.note_lines(found, options.browser, options.user_data_dir):
        print("", *note, sep="\n")
    where = ", ".join(item.browser.title for item in found) or f"the profile in {options.user_data_dir}"
    print(f"\nTabtalk {__version__} is set up for {where}. Give the browser the extension, once:")
    print('  1. Open chrome://extensions and switch on "Developer mode".')
    print(f'  2. Press "Load unpacked" (or, if Tabtalk is there, its reload arrow) and choose {installed.extension}')
    print("  3. Press Alt+G on any page, and ask.")


def put_in_place(installed: Installed, options: Namespace, found: list[Found], steps: Steps, *, remember: bool) -> None:
    """Environment, copies, manifests, key and settings, proof. `remember`: manifests that `--uninstall` must know of."""
    _refuse_downgrade(installed)
    endpoint = answers.endpoint_from(options)
    profile = answers.profile_from(options)
    vertex = answers.vertex_from(options, profile)
    key = answers.key_from(options, stored=profile.store != "none")
    lock_file = copies.SOURCE / "host" / "requirements.txt"
    with Changes(installed.data) as changes:
        steps.next(f"A private Python environment in {installed.data}")
        private = environment.provide(changes, installed.data, lock_file, steps)
        steps.next("Host and extension")
        copies.place(changes, installed, private)
        steps.detail(f"copied to {installed.data}")
        steps.next("Telling the browser of the host")
        manifests = registration.register(changes, installed, found, options.user_data_dir)
        for path in manifests:
            steps.detail(str(path))
        steps.next("Key and settings")
        changes.claim(paths.config_dir())
        changes.claim(paths.state_dir())
        changes.keep(paths.settings_file())
        changes.keep(paths.key_file(profile.name))
        require(installed, private.python, "list-entries")
        if endpoint:
            require(installed, private.python, "change-settings", **endpoint)
        key = _taken(installed, private.python, options, key, steps)
        if key and profile.store == "none":
            # What went into a file is put back by `keep`; this is for the keychain.
            changes.on_failure(lambda: _forget_key(installed, private.python, profile, changes))
        if vertex:
            steps.detail(_use_vertex(installed, private.python, vertex))
        else:
            steps.detail(_store_key(installed, private.python, options, profile, key))
        if options.profile:
            require(installed, private.python, "choose-profile", profile=profile.name)
            steps.detail(f"the profile {profile.name!r} is in use from now on")
        changes.settle(paths.settings_file())
        record = Record.read(installed.record)
        record = record.with_more(manifests if remember else (), changes.folders_made, paths.config_dir())
        changes.write(installed.record, record.dump())
        steps.next("Starting the host as the browser does")
        steps.detail(_proven(installed))
    copies.remove_older(installed, private)


def _refuse_downgrade(installed: Installed) -> None:
    """Settings that a newer version wrote need not make sense to this one. Raises `SetupError`."""
    if installed.version > copies.parsed(__version__):
        newer = ".".join(map(str, installed.version))
        copy = installed.host / "install.py"
        raise SetupError(
            f"Tabtalk {newer} is installed here, which is newer than this, {__version__}.",
            f"use the newer one: {python_command(copy)}; or remove it first, with its settings and the key: {python_command(copy)} --uninstall",
        )


def _taken(installed: Installed, python: Path, options: Namespace, key: str | None, steps: Steps) -> str | None:
    """The key, if the service takes it or cannot say. Asks for another where it was asked for. Raises `SetupError`."""
    while key:
        steps.detail("trying the key: a conversation is begun, and ended at once")
        verdict = try_key(installed, python, key=key)
        if verdict.accepted is not False:
            said = "the service accepts it" if verdict.accepted else "whether the service accepts it cannot be told now"
            steps.detail(said + (f": {verdict.text}" if verdict.text else ""))
            return key
        what = f"The service does not accept this key: {verdict.text}"
        if options.key_file or options.key_from_environment:
            raise SetupError(
                what, "check it in Google AI Studio (https://aistudio.google.com/apikey), and run this again."
            )
        print(what)
        key = answers.key_from(options, stored=answers.profile_from(options).store != "none")
    return None


def _store_key(installed: Installed, python: Path, options: Namespace, profile: Profile, key: str | None) -> str:
    """Stores the key if there is one; a sentence on where it is."""
    file = paths.key_file(profile.name)
    if key is None:
        words = {
            "none": "no key: practice mode, nothing leaves this computer",
            "file": f"the key in {file} stays",
            "environment": "the key comes from the environment, as before",
            "vertex": f"Vertex AI in the project {profile.project} stays",
            "keychain": "the key in the system's keychain stays",
        }
        return words[profile.store]
    if options.key_from_environment:
        require(installed, python, "use-environment", profile=profile.name)
        return "the key comes from the environment of the browser, whenever the host is started; it is stored nowhere"
    placed = require(installed, python, "store-key", key=key, profile=profile.name)
    if placed["where"] == "keychain":
        return "the key is in the system's keychain"
    return f"the key is in {file}, readable by you alone; not in the system's keychain: {placed['why']}"


def _use_vertex(installed: Installed, python: Path, profile: Profile) -> str:
    where = {"project": profile.project, "location": profile.location}
    verdict = try_key(installed, python, **where)
    if verdict.accepted is False:
        raise SetupError(f"Vertex AI cannot be used: {verdict.text}", f"run this again after: {google_login.COMMAND}")
    require(installed, python, "use-vertex", profile=profile.name, **where)
    said = "accepts the sign-in" if verdict.accepted else "could not be tried now"
    return f"Vertex AI in the project {profile.project} {said}" + (f": {verdict.text}" if verdict.text else "")


def _forget_key(installed: Installed, python: Path, profile: Profile, changes: Changes) -> None:
    """Undoes `_store_key`. The settings are put back after this, unless a browser changed them meanwhile."""
    do = "delete-key" if changes.was_changed(paths.settings_file()) else "forget-entry"
    with contextlib.suppress(RequestFailed):
        request(installed, python, do, profile=profile.name)


def _proven(installed: Installed) -> str:
    try:
        proof = prove(installed.launcher)
    except ProofFailed as error:
        raise SetupError(
            f"Started as a browser does it, {error}", "run this again; if it stays, docs/TROUBLESHOOTING.md helps."
        ) from None
    key = {
        "set": ", with the key",
        "unreadable": "; it cannot read the key: see --check",
        "login-needed": "; the sign-in is missing: see --check",
    }
    said = key.get(proof.status.key, ", in practice mode") if proof.status else ""
    return f"it answers after {proof.milliseconds:.0f} ms{said}"

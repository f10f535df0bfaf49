"""The command line of set-up."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tabtalk import __version__, google_login, paths
from tabtalk.key_text import VARIABLES
from tabtalk.setup import browsers, check, installation, profile_changes, removal, tryout
from tabtalk.setup.changes import unwritable
from tabtalk.setup.console import COMMAND, SetupError, fail
from tabtalk.setup.copies import Installed

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """The exit status."""
    options = _parser().parse_args(arguments)
    if options.json and not options.check:
        _parser().error("--json goes with --check")
    if options.user_data_dir is not None:
        options.user_data_dir = Path(options.user_data_dir).expanduser().absolute()
    # Everything that set-up makes is its owner's alone, whatever the shell says.
    os.umask(0o077)
    signal.signal(signal.SIGTERM, _interrupt)
    installed = Installed(paths.data_dir())
    try:
        if options.check:
            return check.report(installed, options.user_data_dir, as_json=options.json)
        if options.uninstall:
            return removal.remove(installed, options.user_data_dir)
        if options.try_out:
            return tryout.run(installed, options)
        if options.rename_profile:
            profile_changes.rename(installed, *options.rename_profile)
        elif options.remove_profile is not None:
            profile_changes.remove(installed, options.remove_profile)
        else:
            installation.install(installed, options)
    except SetupError as error:
        fail(error)
        return 1
    except BrokenPipeError:
        # Whoever read along has gone, as in `| head`; Python would complain of it once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        fail(unwritable(installed.data, error))
        return 1
    except KeyboardInterrupt:
        undone = "" if options.uninstall or options.try_out else " Nothing was changed."
        print(f"\nStopped.{undone}", file=sys.stderr)
        return INTERRUPTED
    return 0


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=COMMAND,
        description="Sets up Tabtalk's host for the browsers on this computer. Running it again upgrades.",
        epilog="Without a key Tabtalk runs in practice mode: it shows how it works, and nothing leaves this computer.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--check", action="store_true", help="see whether everything is in place and works; change nothing"
    )
    what.add_argument("--uninstall", action="store_true", help="remove everything, the key too")
    what.add_argument(
        "--try", dest="try_out", action="store_true", help="try it in a browser profile that is thrown away"
    )
    what.add_argument(
        "--rename-profile", nargs=2, metavar=("OLD", "NEW"), help="give a profile another name; its key stays"
    )
    what.add_argument("--remove-profile", metavar="NAME", help="remove a profile, and the key that it has")
    parser.add_argument("--json", action="store_true", help="with --check: for programs to read")
    parser.add_argument("--yes", action="store_true", help="ask nothing; a key that is stored stays")
    parser.add_argument(
        "--browser",
        action="append",
        default=[],
        choices=browsers.NAMES,
        help="only this one; can be given more than once",
    )
    parser.add_argument("--user-data-dir", metavar="DIR", help="only for the browser profile in this folder")
    key = parser.add_mutually_exclusive_group()
    key.add_argument("--key-file", metavar="PATH", help="take the Gemini API key from this file; - is standard input")
    key.add_argument(
        "--key-from-environment",
        action="store_true",
        help=f"store no key: take it from {' or '.join(VARIABLES)} whenever the host starts",
    )
    key.add_argument(
        "--vertex",
        metavar="PROJECT",
        help=f"no key: Vertex AI in this Google Cloud project; first run {google_login.COMMAND}",
    )
    key.add_argument("--no-key", action="store_true", help="do not ask for a key; one that is stored stays")
    parser.add_argument(
        "--location", metavar="REGION", default="us-central1", help="of Vertex AI; us-central1 if not given"
    )
    parser.add_argument(
        "--profile",
        metavar="NAME",
        help="use the key of this name, made where there is none; one for each Google project",
    )
    parser.add_argument("--base-url", metavar="URL", help="another Live endpoint, https://; empty: Google's again")
    parser.add_argument(
        "--ca-file", metavar="PEM", help="the certificate authority of that endpoint; empty: the system's"
    )
    parser.add_argument("--version", action="version", version=f"Tabtalk {__version__}")
    return parser

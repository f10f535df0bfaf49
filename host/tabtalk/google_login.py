"""Google's own sign-in on this computer ("application default credentials"), which opens Vertex AI instead of a key.

`gcloud` writes a file, and this reads it: nothing is asked of the network but a fresh token.
The metadata server of Google's own machines is not asked: on every other computer that is a wait of seconds for nobody.
google-auth, which the SDK brings, is imported by the functions that need it, so that nobody without Vertex AI pays for it.
"""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabtalk.keys import KeyUnreadable

if TYPE_CHECKING:
    import ssl

    from google.auth.credentials import Credentials

COMMAND = "gcloud auth application-default login"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
TOKEN_SECONDS = 4.0
_MAX_ANSWER = 64 * 1024
_MEND = f"Run this in a terminal, sign in, and try again: {COMMAND}"


class LoginNeeded(KeyUnreadable):
    """There is no sign-in, or it is no longer good. The text says so, with the command; it holds no secret."""


class LoginUnreachable(Exception):
    """The sign-in may be good, but there was no way to ask for a token."""


def file() -> Path:
    """As Google's libraries look for it."""
    if named := os.environ.get("GOOGLE_APPLICATION_CREDENTIALS"):
        return Path(named)
    folder = os.environ.get("CLOUDSDK_CONFIG")
    if not folder and sys.platform == "win32":
        folder = os.path.join(os.environ.get("APPDATA", ""), "gcloud")  # noqa: PTH118 (without APPDATA: relative, and missing)
    return (Path(folder) if folder else Path.home() / ".config" / "gcloud") / "application_default_credentials.json"


def require() -> Path:
    """The file, which is there. Raises `LoginNeeded`."""
    path = file()
    if not path.is_file():
        raise LoginNeeded(f"There is no sign-in to Google Cloud on this computer ({path} is missing). {_MEND}")
    return path


def credentials() -> Credentials:
    """Of the file as it is now; the same object while it does not change. Blocks. Raises `LoginNeeded`."""
    path = require()
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _read(path: Path, _changed: int) -> Credentials:
    import warnings

    import google.auth
    from google.auth.exceptions import GoogleAuthError

    try:
        with warnings.catch_warnings():
            # Of files from strangers; this one is the person's own.
            warnings.simplefilter("ignore")
            found, _project = google.auth.load_credentials_from_file(str(path), scopes=[SCOPE])  # type: ignore[no-untyped-call]
    except (GoogleAuthError, ValueError, KeyError, TypeError, AttributeError, OSError):
        raise LoginNeeded(f"The sign-in to Google Cloud in {path} makes no sense. {_MEND}") from None
    read: Credentials = found
    return read


def freshen(login: Credentials) -> None:
    """Gets a token, where there is none that is still good. Blocks. Raises `LoginNeeded` and `LoginUnreachable`."""
    from google.auth.exceptions import GoogleAuthError, TransportError

    if login.valid:
        return
    try:
        login.refresh(_transport())  # type: ignore[no-untyped-call]
    except TransportError as error:
        raise LoginUnreachable(
            f"Google's sign-in cannot be reached ({type(error.__cause__ or error).__name__})"
        ) from None
    except (GoogleAuthError, ValueError, KeyError):
        # What it says may repeat what it was given.
        raise LoginNeeded(f"The sign-in to Google Cloud has expired or was withdrawn. {_MEND}") from None


def _context() -> ssl.SSLContext:
    import ssl

    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _transport() -> Any:
    """google-auth's own would bring one more HTTP library, with certificates of its own and redirects."""
    import urllib.error
    import urllib.request

    from google.auth import transport
    from google.auth.exceptions import TransportError

    class Answer(transport.Response):
        def __init__(self, status: int, headers: Any, data: bytes) -> None:
            self._parts = (status, headers, data)

        status = property(lambda self: self._parts[0])
        headers = property(lambda self: self._parts[1])
        data = property(lambda self: self._parts[2])

    class NoRedirect(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any, **__: Any) -> None:
            return None

    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=_context()), NoRedirect)

    class Ask(transport.Request):
        def __call__(
            self,
            url: str,
            method: str = "GET",
            body: bytes | str | None = None,
            headers: dict[str, str] | None = None,
            timeout: float | None = None,
            **_more: Any,
        ) -> Answer:
            if not url.startswith("https://"):
                raise TransportError("A token is asked for by https alone.")  # type: ignore[no-untyped-call]
            data = body.encode() if isinstance(body, str) else body
            asked = urllib.request.Request(url, data=data, headers=headers or {}, method=method)  # noqa: S310 (https)
            wait = min(timeout or TOKEN_SECONDS, TOKEN_SECONDS)
            try:
                with opener.open(asked, timeout=wait) as answer:
                    return Answer(answer.status, answer.headers, answer.read(_MAX_ANSWER))
            except urllib.error.HTTPError as refused:
                return Answer(refused.code, refused.headers, refused.read(_MAX_ANSWER))
            except OSError as error:
                raise TransportError("no answer") from error  # type: ignore[no-untyped-call]

    return Ask()

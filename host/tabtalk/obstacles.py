"""What stands between this computer and the service when a dial does not get there: a proxy, a sign-in page of the network.

Words for the person. Of a proxy they name host and port only: its address may hold a password.
"""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

from websockets.exceptions import (
    ConnectionClosed,
    InvalidProxy,
    InvalidProxyStatus,
    InvalidStatus,
    InvalidURI,
    ProxyError,
    WebSocketException,
)
from websockets.proxy import get_proxy, parse_proxy
from websockets.uri import parse_uri

SIGN_IN = "a sign-in page of the network may be in the way"
SOCKS = "a SOCKS proxy is set on this computer; Tabtalk can use an HTTP proxy or none"
UNUSABLE_PROXY = "the address of the proxy that is set on this computer (HTTPS_PROXY) cannot be used"
_UNUSABLE = ""


def obstacle(error: Exception, url: str, *, direct: bool) -> str | None:
    """What kept a dial of this https address from the service; None when it got there. `direct` takes no proxy."""
    if isinstance(error, ConnectionClosed) or (isinstance(error, InvalidStatus) and not _is_sign_in(error)):
        return None
    if isinstance(error, ImportError):
        return SOCKS
    proxy = None if direct else proxy_of(url)
    if proxy == _UNUSABLE:
        return UNUSABLE_PROXY
    if isinstance(error, TimeoutError):
        # The library's own, for the way there, has words; that for the set-up has none.
        return f"the proxy {proxy} gave no answer in time" if proxy and error.args else None
    if isinstance(error, ProxyError):
        return f"the proxy {proxy} {_refusal(error)}"
    suspects = f"the proxy {proxy} or {SIGN_IN}" if proxy else SIGN_IN
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate of the service is not trusted ({error.verify_message}); {suspects}"
    if isinstance(error, ssl.SSLError):
        return f"there is no secure connection to the service ({error.reason}); {suspects}"
    if isinstance(error, (ConnectionResetError, ConnectionAbortedError)):
        return f"the connection was broken off; {suspects}"
    if isinstance(error, OSError) or type(error) in (UnicodeError, UnicodeEncodeError):  # The latter for a host's name.
        return f"{f'the proxy {proxy}' if proxy else 'the service'} cannot be reached ({type(error).__name__})"
    if isinstance(error, WebSocketException):
        return f"something else than the service answered; {suspects}"
    return None


def _is_sign_in(error: InvalidStatus) -> bool:
    """No Live endpoint answers a dial so; a network that wants a sign-in first does, and 511 is made for it."""
    status = error.response.status_code
    return status < 400 or status == 511


def _refusal(error: ProxyError) -> str:
    if not isinstance(error, InvalidProxyStatus):
        return "does not answer as a proxy does"
    status = error.response.status_code
    return "wants a name and a password" if status == 407 else f"did not let Tabtalk through (HTTP {status})"


def proxy_of(url: str) -> str | None:
    """`host:port` of the proxy that the library takes for this address, empty for one that it cannot use, or None."""
    try:
        found = get_proxy(parse_uri(f"wss://{urlsplit(url).netloc}"))
        proxy = parse_proxy(found) if found else None
    except InvalidURI:
        return None
    except (InvalidProxy, ValueError):
        return _UNUSABLE
    return f"{proxy.host}:{proxy.port}" if proxy else None

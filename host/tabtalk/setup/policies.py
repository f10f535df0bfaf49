"""What a company's policy says of hosts such as ours, on Linux, where it lies in files that everybody may read.

chromeenterprise.google/policies: NativeMessagingBlocklist, NativeMessagingAllowlist, NativeMessagingUserLevelHosts. On macOS
and Windows a policy comes by ways that only the browser knows in full: it shows them on `chrome://policy`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tabtalk.protocol import HOST_NAME
from tabtalk.setup import browsers

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDERS = {
    "chrome": "etc/opt/chrome/policies/managed",
    "chromium": "etc/chromium/policies/managed",
    "edge": "etc/opt/edge/policies/managed",
    "brave": "etc/brave/policies/managed",
}
"""By the first word of a browser's name: all its channels read one."""


def forbids(browser: browsers.Browser) -> str:
    """Which policy keeps this browser from starting the host, and the file it is in; empty when none does."""
    allowed = any(HOST_NAME in _list(policy, "NativeMessagingAllowlist") for _, policy in _policies(browser))
    for path, policy in _policies(browser):
        if policy.get("NativeMessagingUserLevelHosts") is False:
            return f"NativeMessagingUserLevelHosts in {path}"
        if not allowed and {"*", HOST_NAME} & set(map(str, _list(policy, "NativeMessagingBlocklist"))):
            return f"NativeMessagingBlocklist in {path}"
    return ""


def _policies(browser: browsers.Browser) -> Iterator[tuple[str, dict[str, Any]]]:
    folder = FOLDERS.get(browser.name.split("-", maxsplit=1)[0])
    for path in sorted((browsers.ROOT / folder).glob("*.json")) if folder else ():
        try:
            value = json.loads(path.read_bytes())
        except (OSError, ValueError):
            continue  # The browser passes over it, too.
        if isinstance(value, dict):
            yield str(path), value


def _list(policy: dict[str, Any], name: str) -> list[Any]:
    value = policy.get(name)
    return value if isinstance(value, list) else []

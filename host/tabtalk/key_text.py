"""The text that a person gives as an API key: what was copied with it is taken off, and what is no key is named.

People paste a line of a `.env` file, a key in quotes, a file with a byte order mark, a key for another service, the file of a
service account. Nothing here repeats the text in an error.
"""

from __future__ import annotations

import json
import re
from enum import StrEnum
from typing import NamedTuple

VARIABLES = ("GOOGLE_API_KEY", "GEMINI_API_KEY")
"""The environment variables of a Gemini key. The first that is set counts, as Google's own programs have it."""
MAX_KEY = 512
"""Characters. Keys have 39 or a few more; Windows' keychain holds 1280."""
WHERE = "Make a Gemini API key at https://aistudio.google.com/apikey"


class Kind(StrEnum):
    """What a text that is no key is taken for. The settings page has words for each."""

    MALFORMED = "malformed"
    SEVERAL = "several"
    OTHER_SERVICE = "other-service"
    SERVICE_ACCOUNT = "service-account"
    GOOGLE_SIGN_IN = "google-sign-in"
    PRIVATE_KEY = "private-key"
    ADDRESS = "address"


class KeyRefused(ValueError):
    """What was offered cannot be a key. The text says why, in two sentences, and never repeats it."""

    def __init__(self, text: str, kind: Kind = Kind.MALFORMED) -> None:
        super().__init__(text)
        self.kind = kind


class _Other(NamedTuple):
    """Something that is mistaken for a Gemini key."""

    pattern: str
    title: str
    kind: Kind


# Each prefix is the one that the maker documents. The first that fits counts.
_OTHERS = (
    _Other(r"sk-ant-", "an Anthropic key", Kind.OTHER_SERVICE),
    _Other(r"sk-or-", "an OpenRouter key", Kind.OTHER_SERVICE),
    _Other(r"sk-", "an OpenAI key", Kind.OTHER_SERVICE),
    _Other(r"gsk_", "a Groq key", Kind.OTHER_SERVICE),
    _Other(r"xai-", "an xAI key", Kind.OTHER_SERVICE),
    _Other(r"pplx-", "a Perplexity key", Kind.OTHER_SERVICE),
    _Other(r"hf_", "a Hugging Face token", Kind.OTHER_SERVICE),
    _Other(r"gh[opsu]_|github_pat_", "a GitHub token", Kind.OTHER_SERVICE),
    _Other(r"(?:AKIA|ASIA)[A-Z0-9]{16}$", "an Amazon Web Services key", Kind.OTHER_SERVICE),
    _Other(r"ya29\.", "a Google sign-in token, which ends within the hour", Kind.GOOGLE_SIGN_IN),
    _Other(r"1//", "a Google refresh token", Kind.GOOGLE_SIGN_IN),
    _Other(r"GOCSPX-", "the secret of a Google sign-in client", Kind.GOOGLE_SIGN_IN),
    _Other(r".*\.apps\.googleusercontent\.com$", "the id of a Google sign-in client", Kind.GOOGLE_SIGN_IN),
    _Other(r"eyJ[\w-]+\.", "a sign-in token (JWT)", Kind.OTHER_SERVICE),
    _Other(r"https?://", "a web address", Kind.ADDRESS),
)
# Around a text: white space of every kind, byte order mark, zero-width signs.
_INVISIBLE = " \t\r\n\f\v\0\u00a0\u200b\u200c\u200d\u2060\ufeff"
_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "‘": "’", "«": "»", "„": "“", "<": ">"}


def _assignment(name: str) -> re.Pattern[str]:
    """Matches what is given to a name, in the ways of shells, of JSON and of HTTP."""
    return re.compile(rf"""["'“]?(?P<name>{name})["'”]?(?:\s*[:=]\s*|\s+)(?P<value>\S.*)""", re.IGNORECASE)


# Such as GEMINI_API_KEY, "apiKey", x-goog-api-key, API key. A gateway's own keys may have the form `team-key:abc`.
_ASSIGNMENT = _assignment(r"[\w. -]{0,60}key")
_API_KEY_ASSIGNMENT = _assignment(r"[\w. -]{0,60}api[_ -]?key")


# What comes before the name in a shell, in Windows' two shells, and in an option of curl.
_COMMAND = re.compile(r"(?:export\s+|setx?\s+|\$env:|-H\s+)", re.IGNORECASE)
_COMMENT = re.compile(r"\s#\s.*")
_MAX_TEXT = 64 * 1024


def clean(text: str, *, gateway: bool = False) -> str:
    """The key in the text, without what was copied with it. Raises `KeyRefused`.

    `gateway`: it is for an endpoint that is not Google's, whose keys may have the form of any service's.
    """
    key = _unwrapped(text, _API_KEY_ASSIGNMENT if gateway else _ASSIGNMENT)
    if not gateway:
        _refuse_others(key)
    if not key:
        raise KeyRefused("The key is empty.")
    if not any(letter.isalnum() for letter in key):
        raise KeyRefused("There are no letters or digits in it. Copy the key again.")
    if len(key) > MAX_KEY:
        raise KeyRefused(f"The key is longer than {MAX_KEY} characters: this looks like something else.")
    if not (key.isascii() and key.isprintable()) or any(letter.isspace() for letter in key):
        raise KeyRefused("The key holds blanks or letters that no key has: copy it again, without anything around it.")
    return key


def decode(content: bytes) -> str:
    """The text of a file that was given as a key, in UTF-8 or, as Windows likes it, UTF-16. Raises `UnicodeDecodeError`."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    return content.decode("utf-8-sig")


def _unwrapped(text: str, assignment: re.Pattern[str]) -> str:
    if len(text) > _MAX_TEXT:
        raise KeyRefused("This is much longer than any key. Give the key alone.")
    text = text.strip(_INVISIBLE)
    if text.startswith("-----BEGIN"):
        raise KeyRefused(f"This is a private key or a certificate, not an API key. {WHERE}.", Kind.PRIVATE_KEY)
    if text.startswith("{"):
        text = _from_json(text)
    lines = [line.strip(_INVISIBLE) for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith(("#", "//"))]
    if len(lines) > 1:
        return _one_value(lines, assignment)
    return _value(lines[0], assignment) if lines else ""


def _from_json(text: str) -> str:
    """The one key in a piece of JSON. Raises `KeyRefused`."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise KeyRefused(
            "This begins like a JSON file, such as that of a service account, and cannot be read. Give the key alone."
        ) from None
    if found.get("type") == "service_account" or "private_key" in found:
        raise KeyRefused(
            "This is the file of a service account, not an API key. "
            f"{WHERE}, or use Vertex AI with Google's own sign-in.",
            Kind.SERVICE_ACCOUNT,
        )
    if {"installed", "web", "client_secret", "refresh_token"} & found.keys():
        raise KeyRefused(f"This is a file of Google's sign-in, not an API key. {WHERE}.", Kind.GOOGLE_SIGN_IN)
    values: set[str] = {
        value for name, value in found.items() if name.lower().endswith("key") and isinstance(value, str)
    }
    if len(values) != 1:
        raise KeyRefused("This is a JSON file without a single key. Give the key alone.", Kind.SEVERAL)
    return values.pop()


def _one_value(lines: list[str], assignment: re.Pattern[str]) -> str:
    """The key among several lines, as of a `.env` file. Raises `KeyRefused`."""
    assignments = [match for line in lines if (match := assignment.fullmatch(_COMMAND.sub("", line, count=1)))]
    for variable in VARIABLES:
        values = {_value(match["value"], assignment) for match in assignments if match["name"].upper() == variable}
        if len(values) == 1:
            return values.pop()
    raise KeyRefused(
        "These are several lines, and which one is the key cannot be told. Give the key alone.", Kind.SEVERAL
    )


def _value(line: str, assignment: re.Pattern[str]) -> str:
    """One line without the variable's name before it, without quotes and a comma around it and a comment behind it."""
    line = _COMMENT.sub("", line)
    before = ""
    while line != before:
        before = line
        line = line.strip(_INVISIBLE).rstrip(",;").rstrip(_INVISIBLE)
        line = _COMMAND.sub("", line, count=1) if _COMMAND.match(line) else line
        if len(line) > 1 and _QUOTES.get(line[0]) == line[-1] and line[-1] not in line[1:-1]:
            line = line[1:-1]
        elif match := assignment.fullmatch(line):
            line = match["value"]
    return line


def _refuse_others(key: str) -> None:
    for other in _OTHERS:
        if re.match(other.pattern, key):
            raise KeyRefused(f"This is {other.title}, not a Gemini API key. {WHERE}.", other.kind)

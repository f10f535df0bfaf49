"""What makes a release: the parts of `tools/package.py`. Each refuses what must not be given to people, and says all of it."""

from __future__ import annotations


class Refused(Exception):
    """A release cannot be made of what is here."""

    def __init__(self, findings: list[str]) -> None:
        super().__init__("\n".join(findings))
        self.findings = findings
        """A sentence each, with the file that it is about."""

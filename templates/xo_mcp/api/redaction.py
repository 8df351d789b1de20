"""Takes out of XO's texts what nobody should read: our own credentials, stack traces, OpaqueRefs."""

import base64
import html
import json
import re
from typing import Final
from urllib.parse import quote, quote_plus

from xo_mcp.program.logs import REDACTOR
from xo_mcp.reads.masks import masked_text

HIDDEN: Final = "[secret]"
SHORT: Final = 6
"""Below so many characters a secret is only hidden where it stands as a word of its own: it may be part of others."""

_STACK: Final = re.compile(r"\n\s*at .*")
_OPAQUE: Final = re.compile(r"OpaqueRef(?::|%3A)[\w-]*(?:,\s*)?", re.IGNORECASE)
_DANGLING: Final = re.compile(r",\s*(?=\))")


def without_internals(text: str) -> str:
    """Return `text` without Node's stack lines and XAPI's references, which no caller can use, and without logins."""
    return masked_text(_DANGLING.sub("", _OPAQUE.sub("", _STACK.sub("", text))))


class Secrets:
    """What must never be shown, in every form in which it travels."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def __repr__(self) -> str:
        return f"<Secrets: {len(self._forms)} forms>"

    def learn(self, secret: str) -> None:
        """Hide `secret` from now on, in this process' logs too: as it is, percent-encoded, in JSON and in HTML."""
        forms = {
            secret,
            quote(secret, safe=""),
            quote(secret),
            quote_plus(secret),
            json.dumps(secret)[1:-1],
            json.dumps(secret, ensure_ascii=False)[1:-1],
            html.escape(secret),
        }
        self._add(forms)

    def learn_login(self, username: str, password: str) -> None:
        """Hide a password and what HTTP Basic makes of it."""
        self.learn(password)
        self._add({base64.b64encode(f"{username}:{password}".encode()).decode()})

    def redact(self, text: str) -> str:
        """Return `text` with each secret replaced by `[secret]`."""
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)

    def _add(self, forms: set[str]) -> None:
        if forms <= self._forms:
            return
        self._forms |= forms
        REDACTOR.learn(forms)
        longest_first = sorted(self._forms, key=len, reverse=True)
        # Percent-encoding may be written in either case.
        self._pattern = re.compile("|".join(_expression(form) for form in longest_first))


def _expression(form: str) -> str:
    either_case = re.sub(r"%[0-9A-F]{2}", lambda match: f"(?i:{match[0]})", re.escape(form))
    return either_case if len(form) >= SHORT else rf"(?<!\w){either_case}(?!\w)"

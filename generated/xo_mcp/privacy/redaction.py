"""Removes from XO's texts what nobody should read: our own credentials, stack traces, OpaqueRefs."""

import base64
import html
import json
import re
from typing import Final
from urllib.parse import quote, quote_plus

from xo_mcp.logs import HIDDEN, NOTHING, REDACTOR, SHORT, pattern_of
from xo_mcp.privacy.masking import masked_text

BASE64: Final = 12
"""Signs below which a part of an encoded text may be chance."""
_STACK: Final = re.compile(r"\n[ \t]*at .*")
_OPAQUE: Final = re.compile(r"OpaqueRef(?::|%3A)[\w-]*(?:,\s*)?", re.IGNORECASE)
_ENCODED: Final = re.compile("%[0-9A-F]{2}")
_DANGLING: Final = re.compile(r",\s*(?=\))")


def without_internals(text: str) -> str:
    """Return `text` without Node's stack lines and XAPI's references, which no caller can use, and without logins."""
    return masked_text(_DANGLING.sub("", _OPAQUE.sub("", _STACK.sub("", text))))


def _in_base64(secret: str) -> set[str]:
    """What stays the same of a secret somewhere inside a text that is encoded as a whole."""
    content = secret.encode(errors="replace")
    found = set()
    for before in range(3):
        # Whole groups of three bytes, six bits a sign: the first and last signs depend on the bytes beside.
        whole = content[-before % 3 :]
        whole = whole[: len(whole) // 3 * 3]
        found |= {base64.b64encode(whole).decode(), base64.urlsafe_b64encode(whole).decode()}
    return {form for form in found if len(form) >= BASE64}


class Secrets:
    """What must never be shown, in every form in which it travels."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._parts: frozenset[str] = frozenset()
        self._pattern = self._long = NOTHING

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
            *_in_base64(secret),
        }
        self._add(forms)

    def learn_login(self, username: str, password: str) -> None:
        """Hide a password and what HTTP Basic makes of it."""
        self.learn(password)
        self._add({base64.b64encode(f"{username}:{password}".encode()).decode()})

    def redact(self, text: str) -> str:
        """Take secrets out of a text that explains something, such as an error; short ones where they are words."""
        return self._pattern.sub(HIDDEN, text)

    def redact_record(self, text: str) -> str:
        """Take long secrets out of a text of a record.

        A password like `admin` is the name of a user, a tag and a part of VMs' names as well. To take it out of records
        would spoil them, and tell it: who knows the name knows what stood there. What XO could quote of a login in a
        record is long anyway: tokens, cookies, HTTP Basic's form.
        """
        # Looking for plain parts is a hundred times faster than the expression, and hardly any is ever found.
        lowered = text.lower()
        return self._long.sub(HIDDEN, text) if any(part in lowered for part in self._parts) else text

    def _add(self, forms: set[str]) -> None:
        if forms <= self._forms:
            return
        self._forms |= forms
        REDACTOR.learn(forms)
        self._pattern = pattern_of(self._forms)
        long = [form for form in self._forms if len(form) >= SHORT]
        self._long = pattern_of(long)
        # Percent-encoding may be written in either case, so the text around it is looked for.
        self._parts = frozenset(max(_ENCODED.split(form), key=len).lower() for form in long)

"""Masks secrets in what XO answers: a model, its host and their logs should not hold them.

XO 6.7.1 sends some to all who may read the object. The id of an authentication token *is* the token, so it would open
XO to every reader of a transcript. Backup repositories and HTTP proxies hold logins in their URLs, and a PBD's
`device_config` the login of the storage behind it. What is hidden stays recognisable as hidden.
"""

import re
from typing import Final

from xo_mcp.decisions import decision
from xo_mcp.privacy.secret_names import HIDDEN, is_secret
from xo_mcp.types import Json

LONG: Final = 24
"""Characters from which on the last four reveal little enough of a secret to be shown."""
_MAXIMUM_DEPTH: Final = 60

Kinds = type | tuple[type, ...]
"""Python types of values that may be secrets."""

# `scheme://user:password@host`. A password may hold an @, and a badly encoded one a slash; `host:443/path` holds none.
# Bounded, because their authors decide how long texts are.
_LOGIN: Final = re.compile(
    r"\b([a-z][a-z0-9+.-]{0,20}://[^\s/?#:@\[]{0,200}:)(?!\d{1,5}/)(?:[^\s/?#]{1,300}|\S{1,300}?)@", re.IGNORECASE
)
# `scheme://token@host`, as XO shows proxies; a user's name is shorter.
_TOKEN: Final = re.compile(r"\b([a-z][a-z0-9+.-]{0,20}://)[\w.~%+-]{16,300}@", re.IGNORECASE)
_SETTING: Final = re.compile(
    r"(?<![\w.-])([\w.-]{0,40}(?:passw|passphrase|secret|token|credential)[\w.-]{0,40}=)[^\s,;&\"']+", re.IGNORECASE
)
"""`password=...` as in mount options and query strings."""


def masked(value: Json, name: str = "") -> Json:
    """Return a copy of what XO sent without secrets: texts of properties named like one, and logins inside texts.

    `name` is that of the property whose value it is, if any.
    Numbers and booleans stay (`hasAuthorization`), and so do empty texts. Applying it twice changes nothing.
    """
    return _masked(value, 0, str, hide=is_secret(name))


def masked_argument(value: Json, name: str = "") -> Json:
    """Return a copy of what a client sent without secrets; a number may be one as well, `{"password": 1234}`."""
    return _masked(value, 0, (str, int, float), hide=is_secret(name))


def masked_text(text: str) -> str:
    """Return `text` with the password of each URL and each `password=` setting hidden."""
    if "://" in text and "@" in text:
        text = _TOKEN.sub(rf"\1{HIDDEN}@", _LOGIN.sub(rf"\1{HIDDEN}@", text))
    return _SETTING.sub(rf"\1{HIDDEN}", text) if "=" in text else text


def fingerprint(secret: str) -> str:
    """Distinguish secrets without revealing them: the last four characters of a long one, `\u2026a1b2`."""
    return f"\u2026{secret[-4:]}" if len(secret) >= LONG else "\u2026"


def shows_identity(route: str) -> bool:
    """Whether the ids of a collection may be shown: that of an authentication token is the token."""
    return not decision(f"GET {route}").secret_ids


def without_identity(record: Json) -> Json:
    """Return a record with a fingerprint instead of its id, which would give a secret away.

    Args:
        record: An object, or the URL XO answers where no fields were asked for.
    """
    if isinstance(record, str):
        return {"id": fingerprint(record.rsplit("/", 1)[-1])}
    if isinstance(record, dict):
        # `href` ends in the id.
        kept = {name: item for name, item in record.items() if name != "href"}
        identity = record.get("id")
        return kept | {"id": fingerprint(identity)} if isinstance(identity, str) else kept
    return record


def gives_secret(method: str, route: str) -> bool:
    """Whether the answer of an operation is a secret meant for the caller."""
    return decision(f"{method} {route}").answers_secret


def _masked(value: Json, depth: int, kinds: Kinds, *, hide: bool) -> Json:
    if hide and value and not isinstance(value, bool) and isinstance(value, kinds):
        return HIDDEN
    if isinstance(value, str):
        return masked_text(value)
    if not isinstance(value, (dict, list)):
        return value
    if depth >= _MAXIMUM_DEPTH:
        return HIDDEN if hide else value
    if isinstance(value, list):
        return [_masked(item, depth + 1, kinds, hide=hide) for item in value]
    return {name: _masked(item, depth + 1, kinds, hide=hide or is_secret(name)) for name, item in value.items()}

"""Reads the bodies of XO's error answers, whose shapes differ (XO 6.7.1).

`{"error": text, "data"?, "info"?}` is the rule. In a validation 422 `error` is an object, one entry per argument; for
bodies with `allOf` that entry holds more entries as JSON inside its text, after `Issues:`. Unmatched routes and proxies
answer HTML.
"""

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from xo_mcp.bounds import LOOKED_AT
from xo_mcp.parsing import object_in
from xo_mcp.types import Json

_TITLE: Final = re.compile(r"<title[^<>]*+>([^<]{1,200})", re.IGNORECASE)
_ISSUES: Final = "Issues:"
_PREFIX: Final = re.compile(r"^(?:body|requestBody|query|path)\.(?=.)")
_DEEPEST: Final = 5
_MOST: Final = 100
_LONGEST: Final = 4 * LOOKED_AT  # characters of one text of XO that are kept


@dataclass(frozen=True)
class Refusal:
    """One error answer.

    Attributes:
        text: XO's words, empty where it had none for people.
        fields: What is wrong, by argument, as XO gave it; only in a validation error.
        data: XO's details, empty when there are none.
        info: XO's remark.
        is_json: Whether XO itself answered; everything else comes from Express or a proxy.
        title: Of a web page.
    """

    text: str = ""
    fields: Mapping[str, Json] = field(default_factory=dict)
    data: Mapping[str, Json] = field(default_factory=dict)
    info: str = ""
    is_json: bool = False
    title: str = ""

    @property
    def is_mcp_disabled(self) -> bool:
        """Whether this is the administrator's kill switch, whatever the status."""
        return "mcp_disabled" in (self.text, self.data.get("error"))

    @property
    def is_too_fast(self) -> bool:
        """Whether XO throttles logins, as it does for 2 s after a wrong one."""
        return "too fast authentication tries" in self.text

    @property
    def is_xapi(self) -> bool:
        """Whether the pool refused, not XO."""
        return "XenServer" in self.info


def read_refusal(media_type: str, text: str) -> Refusal:
    """Read an error body of any shape; never fails."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return _unstructured(media_type, text)
    if not isinstance(body, dict):
        return Refusal(text=body if isinstance(body, str) else "", is_json=True)
    error, data, info = body.get("error"), body.get("data"), body.get("info")
    message = error if isinstance(error, str) else body.get("message")
    details = object_in(data)
    fields: Mapping[str, Json] = {}
    if isinstance(error, dict):
        inner = error.get("message")
        if isinstance(inner, str):
            message = inner
        else:
            fields = error
    return Refusal(
        text=message[:_LONGEST] if isinstance(message, str) else "",
        fields=fields,
        data=details,
        info=info[:_LONGEST] if isinstance(info, str) else "",
        is_json=True,
    )


def _unstructured(media_type: str, text: str) -> Refusal:
    if media_type == "text/plain":
        return Refusal(text=text[:_LONGEST])
    title = _TITLE.search(text, 0, LOOKED_AT)
    name = html.unescape(title[1]).strip() if title else ""
    # Express titles every error page "Error".
    return Refusal(title="" if name == "Error" else name)


def problems_of(body: Refusal) -> dict[str, str]:
    """List what is wrong with each argument, by its own name: `name_label`, not `body.name_label`.

    The values that were sent are left out: they may be passwords.
    """
    found = dict.fromkeys(islice(_pairs(body.fields, 0), _MOST))
    errors = body.data.get("errors")
    if isinstance(errors, list):
        found.update(dict.fromkeys(islice(_from_list(errors), _MOST)))
    problems: dict[str, str] = {}
    for name, text in list(found)[:_MOST]:
        known = problems.get(name)
        problems[name] = text if known is None else f"{known}, or {text}"
    return problems


def _pairs(fields: Mapping[str, Json], depth: int) -> Iterator[tuple[str, str]]:
    for name, problem in fields.items():
        text = problem.get("message") if isinstance(problem, dict) else problem
        if not isinstance(text, str):
            continue
        inner = list(_issues(text, depth)) if depth < _DEEPEST else []
        if inner:
            yield from inner
        else:
            yield _own_name(name), text.partition(_ISSUES)[0].strip()


def _issues(text: str, depth: int) -> Iterator[tuple[str, str]]:
    """Read the entries written as JSON inside a text."""
    _, found, rest = text.partition(_ISSUES)
    if not found:
        return
    try:
        issues, _ = json.JSONDecoder().raw_decode(rest.strip())
    except (ValueError, RecursionError):
        return
    for issue in issues if isinstance(issues, list) else [issues]:
        if isinstance(issue, dict):
            yield from _pairs(issue, depth + 1)


def _from_list(errors: list[Json]) -> Iterator[tuple[str, str]]:
    for error in errors:
        if isinstance(error, dict) and isinstance(error.get("message"), str):
            where = error.get("instancePath") or error.get("field") or ""
            yield str(where).strip("/").replace("/", "."), str(error["message"])


def _own_name(name: str) -> str:
    return "" if name in {"body", "requestBody"} else _PREFIX.sub("", name)

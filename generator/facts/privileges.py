"""The privileges an operation asks for, read from XO's description into data.

XO (6.4 and later) writes them as list items, `- resource: vm, action: start (if an hostId is specified)`. Only what
fits this grammar is taken; no sentence survives.

An entry is `{"resource": "vm", "action": "start"}` and, where XO says so,

- `"on": "target"` or `"destination"`: asked on the object things go to, not on the one in the path;
- `"when"`, the condition under which it is asked, one of
  `{"argument": "hostId"}` (that argument is given), `{"argument": "evacuate", "value": true}`,
  `{"self": false}` (the object is not the caller's own), `{"instead": true}` (it alone suffices, in place of the
  others), `{"conditional": true}` (a condition that data can't say).

The action `update:<field>` means one privilege per field that is sent.
"""

import html
import re
from collections.abc import Collection
from typing import Any

from generator.errors import SpecError

Privilege = dict[str, Any]

_LINE = re.compile(
    r"^[ \t]*[-*][ \t]*resource:[ \t]*(?P<resource>[a-z][a-z0-9-]{0,39}),"
    r"[ \t]*action:[ \t]*(?P<action>[a-z*][a-zA-Z0-9_:-]{0,59}(?:<field>)?)"
    r"[ \t]*(?:\((?P<condition>[^()\n]{0,200})\))?[ \t]*$",
    re.MULTILINE,
)
_EXAMPLE = re.compile(r"e\.g\.")
_ON = re.compile(r"on the (target|destination)\b")
_GIVEN = re.compile(r"if (?:an? |the )?`?([A-Za-z_][\w.]{0,59})`? is (?:passed|specified|given|provided|set)")
_EQUALS = re.compile(r"if `?([A-Za-z_][\w.]{0,59}): (true|false)`?")
_PHRASES: dict[str, dict[str, Any]] = {"if not self": {"self": False}, "grants all fields": {"instead": True}}
_TOKEN = re.compile(r"[A-Za-z*][A-Za-z0-9_.:<>*-]{0,79}")
_CONDITIONS = ({"argument"}, {"argument", "value"}, {"self"}, {"instead"}, {"conditional"})


def parse_privileges(description: str, arguments: Collection[str]) -> list[Privilege]:
    """Read the privileges out of a description.

    Args:
        description: XO's text of one operation; HTML entities are resolved.
        arguments: The names of the operation's parameters and body properties, to recognise conditions on them.

    Returns:
        Entries as the module describes, in the order of the text; nothing when there are none.
    """
    found = []
    for match in _LINE.finditer(html.unescape(description)):
        entry: Privilege = {"action": match["action"], "resource": match["resource"]}
        entry |= _condition((match["condition"] or "").strip(), arguments)
        found.append(dict(sorted(entry.items())))
    return found


def check_privileges(entries: Any, place: str) -> list[Privilege]:
    """Accept privileges that are data already, as facts carry them under `x-privileges`.

    Raises:
        SpecError: They are not what this module would have written.
    """
    if not isinstance(entries, list):
        raise SpecError("privileges must be a list", place=place)
    return [_checked(entry, f"{place} > {index}") for index, entry in enumerate(entries)]


def _checked(entry: Any, place: str) -> Privilege:
    if not isinstance(entry, dict) or not set(entry) <= {"resource", "action", "on", "when"}:
        raise SpecError("a privilege has resource, action, on and when, nothing else", place=place)
    result: Privilege = {}
    for key in ("action", "on", "resource"):
        value = entry.get(key)
        if value is None and key == "on":
            continue
        if not isinstance(value, str) or not _TOKEN.fullmatch(value):
            raise SpecError(f"{key} of a privilege must be one word", place=place)
        result[key] = value
    if "when" in entry:
        result["when"] = _checked_condition(entry["when"], place)
    return result


def _checked_condition(when: Any, place: str) -> dict[str, Any]:
    if not isinstance(when, dict) or set(when) not in _CONDITIONS:
        raise SpecError("`when` of a privilege is no condition we know", place=place)
    for key, value in when.items():
        if not (isinstance(value, bool) or (key == "argument" and isinstance(value, str) and _TOKEN.fullmatch(value))):
            raise SpecError(f"{key} in `when` has an unexpected value", place=place)
    return {key: when[key] for key in sorted(when)}


def _condition(text: str, arguments: Collection[str]) -> dict[str, Any]:
    if not text or _EXAMPLE.match(text):
        return {}
    if match := _ON.match(text):
        return {"on": match[1]}
    return {"when": _PHRASES.get(text) or _on_argument(text, arguments) or {"conditional": True}}


def _on_argument(text: str, arguments: Collection[str]) -> dict[str, Any]:
    if (match := _GIVEN.fullmatch(text)) and _is_argument(match[1], arguments):
        return {"argument": match[1]}
    if (match := _EQUALS.fullmatch(text)) and _is_argument(match[1], arguments):
        return {"argument": match[1], "value": match[2] == "true"}
    return {}


def _is_argument(name: str, arguments: Collection[str]) -> bool:
    """`install.repository` is about the argument `install`."""
    return name.split(".", 1)[0] in arguments

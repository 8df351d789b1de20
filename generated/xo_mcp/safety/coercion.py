"""Corrects arguments where the schema leaves only one meaning, at any depth.

Some clients can send nothing but text, others write what their model wrote: `limit: "3"`, `boot: "True"`, one value for
a list, JSON as text, an enum's value in another case, a uuid in quotes or as the URL XO shows. What could mean two
things stays as it is, and the schema refuses it.

- `null`, and `""` and `"null"` where no text, or an id, is taken: not given, where that is allowed;
- numbers and booleans written as text; a number where only text is taken; `5.0` for an integer;
- an amount of bytes with its unit, where a rule says that bytes are meant;
- one value for a list, a list of one for a value, objects and lists as JSON text, a list or JSON text for names
  joined with commas;
- ids with spaces, quotes or in upper case, or as `/rest/v0/vms/<id>`, `vms/<id>` or `xo://vms/<id>`.
"""

import json
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from xo_mcp.amounts import parse_size
from xo_mcp.locations import ANY_KEY, Location
from xo_mcp.safety.quantities import Rule
from xo_mcp.safety.schemas import accepts, choices, is_kind, types_of

JOINED: Final = frozenset({"fields", "series"})
"""Arguments of ours that take names joined with commas."""
ROOT: Final = Location()
FILES: Final = frozenset({"file", "filename"})
_NUMBER: Final = re.compile(r"[+-]?\d{1,16}(?:\.\d{1,16})?(?:[eE][+-]?\d{1,2})?")
_TRUTH: Final = {"true": True, "false": False}
_UUID: Final = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_UUIDS: Final = re.compile(f"{_UUID}(?:-{_UUID})?")
_ADDRESS: Final = re.compile(r"(?:https?://[^/\s]+)?/rest/v0/[a-z-]+/(\S+)|xo://[a-z-]+/(\S+)")
_ID_NAME: Final = re.compile(r"(?:^|_)(?:uu)?ids?$|(?:Uu)?Ids?$")
_ORIGIN: Final = re.compile(r"\blist_\w+")
"""In a description: where an id comes from."""
_BELOW: Final = re.compile(rf"/?[a-z-]+/({_UUID}(?:-{_UUID})?)")
_AROUND: Final = " \t\r\n\"'`<>\u00a0\u200b\u2018\u2019\u201c\u201d\u00ab\u00bb\u2060\ufeff"
"""Spaces and quotes, also those of word processors and the ones nobody sees."""
_BRACKETS: Final = f"{{}}[](){_AROUND}"
_LABEL: Final = re.compile(r"^(?:uu)?id\s*[:=]\s*", re.IGNORECASE)
"""What some write before an id, or around it."""


@dataclass(frozen=True)
class Coercion:
    """Puts the arguments of one tool right.

    Attributes:
        rules: Location (`memory`, `vdis[].size`) to what is known of the amount there.
        ids: Arguments that are ids though neither name nor description says so.
    """

    rules: Mapping[str, Rule]
    ids: Collection[str] = ()

    def arguments(self, given: Mapping[str, Any], schema: Mapping[str, Any], at: Location = ROOT) -> dict[str, Any]:
        """Put the properties of an object right.

        Args:
            given: The object.
            schema: Its schema.
            at: Its location, empty for the arguments themselves.
        """
        properties: Mapping[str, Any] = schema.get("properties", {})
        required: Collection[str] = schema.get("required", ())
        found: dict[str, Any] = {}
        for name, value in given.items():
            known = properties.get(name, schema.get("additionalProperties"))
            location = at.property(name if name in properties else ANY_KEY)
            absent = means_absent(value, known) or (self._is_id(location, name, known) and _no_id(value, known))
            if name in properties and name not in required and absent:
                continue
            if name in JOINED and isinstance(value, str) and value.strip().casefold() in {"", "null"}:
                continue  # no property is called so
            found[name] = value if known is None else self.value(value, known, location)
        return found

    def value(self, value: Any, schema: Any, at: Location) -> Any:
        """Put one value right."""
        if not isinstance(schema, Mapping):
            return value
        name = at.name
        if name in JOINED and "." not in at:
            value = _joined(value, schema)
        elif isinstance(value, str) and accepts(schema, "number") and (size := self._size(value, at)) is not None:
            value = size  # XO reads some sizes as text too, but not whether they can be meant
        fitting = [choice for choice in choices(schema) if is_kind(value, choice)]
        if not fitting:
            value = self._converted(value, schema, at)
            fitting = [choice for choice in choices(schema) if is_kind(value, choice)]
        if isinstance(value, str) and fitting and "enum" not in fitting[0]:
            if self._is_id(at, name, schema):
                return None if accepts(schema, "null") and _is_null(value) else plain_id(value)
            return value.strip() if at in FILES else value
        return self._inside(value, fitting, at) if fitting else value

    def _inside(self, value: Any, fitting: list[Mapping[str, Any]], at: Location) -> Any:
        if (
            isinstance(value, float)
            and value.is_integer()
            and all((types_of(one) or {""}) <= {"integer", "null"} for one in fitting)
        ):
            return int(value)
        if len(fitting) > 1:
            return value  # which of them is meant is not known before it is checked
        if isinstance(value, Mapping):
            return self.arguments(value, fitting[0], at)
        if isinstance(value, list) and "items" in fitting[0]:
            return [self.value(part, fitting[0]["items"], at.each) for part in value]
        return value

    def _converted(self, value: Any, schema: Mapping[str, Any], at: Location) -> Any:
        """What a value of a wrong type means, when the schema's alternatives leave one meaning."""
        if isinstance(value, list) and len(value) == 1 and not accepts(schema, "array"):
            return self.value(value[0], schema, at)
        found: list[Any] = []
        for choice in choices(schema):
            meant = self._as(value, choice, at)
            if is_kind(meant, choice) and not any(meant == other and type(meant) is type(other) for other in found):
                found.append(meant)
        if found:
            return found[0] if len(found) == 1 else value
        return self._one_of_a_list(value, schema, at)

    def _one_of_a_list(self, value: Any, schema: Mapping[str, Any], at: Location) -> Any:
        """One value for a list of it."""
        lists = [choice for choice in choices(schema) if types_of(choice) == {"array"}]
        if len(lists) != 1 or value is None or isinstance(value, list):
            return value
        items = lists[0].get("items", {})
        parts = _split(value, items) if isinstance(value, str) else [value]
        if isinstance(value, str) and "," in value and len(parts) == 1:
            return value  # one text or several: nobody knows
        found = [self.value(part, items, at.each) for part in parts]
        return found if all(any(is_kind(part, one) for one in choices(items)) for part in found) else value

    def _as(self, value: Any, schema: Mapping[str, Any], at: Location) -> Any:
        kinds = types_of(schema) or set()
        if "enum" in schema and isinstance(value, str) and (same := _same_word(value, schema["enum"])) is not None:
            return same
        if isinstance(value, str):
            return self._of_text(value, kinds, at)
        if kinds == {"string"} and isinstance(value, (int, float)) and not isinstance(value, bool):
            return _text(value)
        return value

    def _of_text(self, value: str, kinds: set[str], at: Location) -> Any:
        text = value.strip()
        if kinds == {"null"}:
            return None if _is_null(text) else value
        if "boolean" in kinds and text.casefold() in _TRUTH:
            return _TRUTH[text.casefold()]
        if kinds & {"integer", "number"}:
            if _NUMBER.fullmatch(text):
                number = float(text)
                return int(text) if re.fullmatch(r"[+-]?\d+", text) else number if math.isfinite(number) else value
            size = self._size(text, at)
            if size is not None:
                return size
        if kinds & {"object", "array"} and text.startswith(("{", "[")):
            return _read_json(text, value)
        return value

    def _size(self, text: str, at: Location) -> int | None:
        """Bytes, where bytes are meant and the text is clear about how many."""
        size = parse_size(text) if at in self.rules and self.rules[at].is_bytes else None
        return size.bytes if size is not None and size.is_whole and not size.unclear else None

    def _is_id(self, at: Location, name: str, schema: object) -> bool:
        if at in self.ids or _ID_NAME.search(name):
            return True
        said = schema.get("description") if isinstance(schema, Mapping) else None
        return isinstance(said, str) and _ORIGIN.search(said) is not None


def means_absent(value: Any, schema: object) -> bool:
    """Whether a client wrote that it gives nothing: null, or an empty text where no text is taken."""
    if accepts(schema, "null"):
        return False
    if value is None:
        return True
    if not isinstance(value, str) or value.strip().casefold() not in {"", "null"}:
        return False
    kinds = types_of(schema)
    enumerated = isinstance(schema, Mapping) and value.strip() not in schema.get("enum", [value.strip()])
    return kinds is not None and ("string" not in kinds or enumerated)


def _is_null(text: str) -> bool:
    return text.strip().casefold() == "null"


def _no_id(value: Any, schema: object) -> bool:
    """Whether a text means "no id": it is empty, or `null`."""
    return isinstance(value, str) and not accepts(schema, "null") and (not value.strip() or _is_null(value))


def plain_id(text: str) -> str:
    """An id without what is around it: spaces, quotes, the URL XO shows; uuids in lower case and without brackets."""
    found = text.strip(_AROUND)
    bare = _LABEL.sub("", found).strip(_BRACKETS)
    found = bare if _UUIDS.fullmatch(bare) else found
    address = _ADDRESS.fullmatch(found) or _BELOW.fullmatch(found)
    if address is not None:
        found = unquote(next(filter(None, address.groups())))
    return found.lower() if _UUIDS.fullmatch(found) else found


def _joined(value: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = _read_json(value.strip(), value)
    if isinstance(value, str) and accepts(schema, "array") and "," in value:
        return [part.strip() for part in value.split(",") if part.strip()]
    texts = isinstance(value, list) and all(isinstance(part, str) for part in value)
    return ",".join(value) if texts and not accepts(schema, "array") else value


def _split(text: str, items: object) -> list[str]:
    """The parts of a text with commas, where no part can hold one: ids and values of enumerations."""
    parts = [part.strip() for part in text.split(",")]
    known = [value for choice in choices(items) for value in choice.get("enum", ())]
    clear = all(_UUIDS.fullmatch(part) or part in known for part in parts)
    return parts if len(parts) > 1 and clear else [text]


def _same_word(value: str, values: Collection[Any]) -> str | None:
    """The value of an enumeration that differs from this one only in case and surrounding spaces."""
    wanted = value.strip().casefold()
    found = [each for each in values if isinstance(each, str) and each.casefold() == wanted]
    return found[0] if len(found) == 1 else None


def _text(value: float) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _read_json(text: str, otherwise: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return otherwise

"""Facts turned back into a document as XO serves it: with texts everywhere, and with what the repairs put right.

XO's own documents can't be kept here (their texts have another licence); an import must make the same facts of these.
"""

import copy
from collections.abc import Iterator
from typing import Any

from newest import METHODS

Json = dict[str, Any]
PROSE = "Words that nobody needs, with a comma: and more."
CONDITIONS = {True: "(if `{argument}: true`)", False: "(if `{argument}: false`)", None: "(if {argument} is passed)"}


def wordy(facts: Json) -> Json:
    """A raw document of which an import makes these facts.

    Args:
        facts: As `specs/xo-<release>.json` holds them.
    """
    document = copy.deepcopy(facts)
    document.pop("x-xo-release", None)
    noted = document.pop("x-repairs", {})
    document["info"] |= {"description": PROSE, "contact": {"name": PROSE}, "license": {"name": PROSE}}
    document["tags"] = [{"name": "vms", "description": PROSE}]
    for item in document["paths"].values():
        for method, operation in item.items():
            if method in METHODS:
                _talk(operation)
    schemas = document["components"]["schemas"]
    for schema in list(_schemas(list(schemas.values()))):
        schema |= {"description": PROSE, "title": PROSE, "example": {"text": PROSE}}
    broken = (schema for schema in _schemas(list(schemas.values())) if "required" not in schema)
    for _, schema in zip(range(noted.get("required-null", 0)), broken, strict=False):
        schema["required"] = [None]
    _unlock(document, noted)
    return document


def _talk(operation: Json) -> None:
    operation["summary"] = PROSE
    lines = [_line(entry) for entry in operation.pop("x-privileges", ())]
    operation["description"] = "\n".join([PROSE, *lines])
    for answer in operation["responses"].values():
        answer["description"] = PROSE
        for media in answer.get("content", {}).values():
            media["example"] = {"text": PROSE}
    for parameter in operation.get("parameters", ()):
        parameter |= {"description": PROSE, "example": PROSE}


def _line(entry: Json) -> str:
    when = entry.get("when", {})
    condition = ""
    if "argument" in when:
        condition = CONDITIONS[when.get("value")].format(**when)
    elif "self" in when:
        condition = "(if not self)"
    elif "instead" in when:
        condition = "(grants all fields)"
    elif "conditional" in when:
        condition = "(on some days)"
    elif "on" in entry:
        condition = f"(on the {entry['on']})"
    return f"- resource: {entry['resource']}, action: {entry['action']} {condition}"


def _schemas(roots: list[Any]) -> Iterator[Json]:
    while roots:
        schema = roots.pop()
        if not isinstance(schema, dict) or "$ref" in schema:
            continue
        yield schema
        roots += schema.get("properties", {}).values()
        for key in ("allOf", "anyOf", "oneOf"):
            roots += schema.get(key, ())
        roots += [schema.get("items"), schema.get("additionalProperties")]


def _unlock(document: Json, noted: Json) -> None:
    """XO names the security schemes `none` and `*`, which it does not declare."""
    operations = [item[method] for item in document["paths"].values() for method in METHODS if method in item]
    open_to_all = [operation for operation in operations if operation.get("security") == []]
    for operation in open_to_all[: noted.get("security-none", 0)]:
        operation["security"] = [{"none": []}]
    for operation in operations if "security-any" in noted else ():
        operation.setdefault("security", [{"*": []}])
    if "security-any" in noted:
        document.pop("security", None)

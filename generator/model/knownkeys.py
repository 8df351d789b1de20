"""Keys of objects whose schema an override shortens to a map: a wrong key is still refused."""

from collections.abc import Iterable, Mapping

from generator.api.operations import Operation, is_json
from generator.api.schema import Schemas
from generator.model.arguments import Argument


def known_keys(operation: Operation, arguments: Iterable[Argument], schemas: Schemas) -> Mapping[str, list[str]]:
    """Argument -> the keys that XO's document knows of it, where the tool's own schema takes any.

    Args:
        operation: The facts.
        arguments: Those of the tool.
        schemas: Of the operation's document.
    """
    if operation.body is None or not is_json(operation.body.media_type):
        return {}
    flat = schemas.flat(operation.body.schema, f"{operation.key} > body")
    properties = flat.properties if flat is not None else {}
    found = {}
    for entry in arguments:
        known = properties.get(entry.sent_as, {}) if entry.sent_in == "body" else {}
        is_map = "properties" not in entry.schema and isinstance(entry.schema.get("additionalProperties"), dict)
        if is_map and known.get("properties") and not known.get("additionalProperties"):
            found[entry.name] = sorted(known["properties"])
    return found

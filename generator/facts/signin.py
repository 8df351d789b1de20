"""How an API is signed in to: security requirements and schemes.

Raise SpecError, naming the place, where a part has the wrong shape.
"""

from typing import Any

from generator.facts.shapes import Json, Place, mapping, sequence, text


def requirement(raw: Any, place: Place) -> Json:
    """One way to sign in: scheme -> scopes."""
    return {
        name: [text(scope, place) for scope in sequence(scopes, place)]
        for name, scopes in sorted(mapping(raw, place).items())
    }


def scheme(raw: Any, name: str) -> Json:
    """A security scheme, without what is written about it."""
    place = f"components > securitySchemes > {name}"
    raw = mapping(raw, place)
    kept = ("bearerFormat", "in", "name", "openIdConnectUrl", "scheme", "type")
    result: Json = {key: text(raw[key], f"{place} > {key}") for key in kept if key in raw}
    flows = mapping(raw.get("flows", {}), f"{place} > flows")
    if flows:
        result["flows"] = {flow: _flow(entry, f"{place} > flows > {flow}") for flow, entry in sorted(flows.items())}
    return result


def _flow(raw: Any, place: Place) -> Json:
    raw = mapping(raw, place)
    kept = ("authorizationUrl", "refreshUrl", "tokenUrl")
    result: Json = {key: text(raw[key], f"{place} > {key}") for key in kept if key in raw}
    result["scopes"] = dict.fromkeys(sorted(mapping(raw.get("scopes", {}), f"{place} > scopes")), "")
    return result

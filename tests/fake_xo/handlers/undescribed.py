"""Operations of releases that the fake has not met: answered by the contract alone, as plainly as it allows."""

from functools import partial
from typing import Any

from starlette.responses import Response

from fake_xo.call import ACCEPTED, CREATED, Call, no_content, run_action
from fake_xo.responses import json_response
from fake_xo.spec import Contract

DEEPEST = 8
PLAIN: dict[str, Any] = {"string": "text", "number": 1, "integer": 1, "boolean": True, "null": None}


async def by_contract(call: Call) -> Response:
    """The first answer that the contract promises: a task that does nothing, no content, or the smallest value."""
    success = call.operation.success
    status = min(map(int, success), default=204)
    if str(ACCEPTED) in success:
        return await run_action(call, _nothing)
    schema = success.get(str(status))
    if schema is None:
        return no_content()
    value = example(schema, call.xo.contract)
    if status == CREATED and isinstance(value, dict):
        value["id"] = call.xo.identity.uuid("undescribed", call.operation.key)
    return json_response(value, status)


async def _nothing(_: Call) -> None:
    return None


def example(schema: Any, contract: Contract, depth: int = 0) -> Any:
    """The smallest value that fits a schema.

    Args:
        schema: As `convert` leaves it.
        contract: Where its references lead.
        depth: How deep it is; a schema that holds itself ends somewhere.
    """
    if not isinstance(schema, dict) or depth > DEEPEST:
        return None
    inner = partial(example, contract=contract, depth=depth + 1)
    match schema:
        case {"$ref": str(reference)}:
            value = inner(contract.registry.resolver().lookup(reference).contents)
        case {"enum": [first, *_]}:
            value = first
        case {"anyOf": [first, *_]} | {"oneOf": [first, *_]}:
            value = inner(first)
        case {"allOf": [*parts]}:
            value = {name: each for part in parts for name, each in (inner(part) or {}).items()}
        case {"type": "array"}:
            value = []
        case {"type": str(kind)} if kind in PLAIN:
            value = PLAIN[kind]
        case _:
            properties = schema.get("properties", {})
            value = {name: inner(properties.get(name)) for name in schema.get("required", ())}
    return value

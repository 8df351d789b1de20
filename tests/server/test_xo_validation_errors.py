"""Arguments that XO refuses (422): each named, with the reason and without its value."""

import json

import pytest
from asking import refused
from loopback import answer
from xo_mcp.errors import Invalid

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_proxies")]


async def test_validation_names_each_argument_without_its_value() -> None:
    body = {
        "error": {
            "body.name_label": {"message": "invalid string value", "value": 5},
            "requestBody.password": {"message": "too short", "value": "hunter2"},
            "limit": {"message": "invalid float number", "value": "abc"},
        }
    }
    error = await refused(answer(body, 422))
    assert isinstance(error, Invalid)
    assert str(error) == (
        "XO refused arguments of POST /vms/{id}/actions/start (422): `name_label`: invalid string value;"
        " `password`: too short; `limit`: invalid float number. Correct them and call again."
    )
    assert "hunter2" not in str(error)


async def test_validation_hidden_in_text_is_found() -> None:
    deepest = json.dumps([{"body.srId": {"message": "'srId' is required"}}])
    issues = json.dumps(
        [
            {"body.virtual_size": {"message": "invalid integer number", "value": "x"}},
            {"body": {"message": f"Could not match the union against any of the items. Issues: {deepest}"}},
            {"body.virtual_size": {"message": "must be positive"}},
        ]
    )
    body = {"error": {"body": {"message": f"Could not match the intersection against every type. Issues: {issues}"}}}
    error = await refused(answer(body, 422))
    assert isinstance(error, Invalid)
    assert (
        "(422): `virtual_size`: invalid integer number, or must be positive; `srId`: 'srId' is required. Correct them"
    ) in str(error)


async def test_validation_text_that_is_no_json_is_shown() -> None:
    body = {"error": {"body": {"message": "Could not match. Issues: [{broken", "value": {"a": 1}}}}
    error = await refused(answer(body, 422))
    assert "(422): Could not match." in str(error)


async def test_validation_errors_of_plugins_are_read() -> None:
    errors_of_ajv = [{"instancePath": "/rule/protocol", "message": "must be equal to one of the allowed values"}]
    error = await refused(answer({"error": "invalid parameters", "data": {"errors": errors_of_ajv}}, 422))
    assert isinstance(error, Invalid)
    assert "(422): `rule.protocol`: must be equal to one of the allowed values. Correct them" in str(error)


async def test_many_problems_are_cut() -> None:
    body = {"error": {f"body.a{number}": {"message": "m" * 1000} for number in range(500)}}
    error = await refused(answer(body, 422))
    assert "and 88 more" in str(error)
    assert len(str(error)) < 3000

"""What a decision's value is held against."""

from typing import Any

import pytest

from generator.model.validity import misfit


@pytest.mark.parametrize(
    ("value", "schema", "wrong"),
    [
        ("soon", {"type": "number"}, "'soon' is not of type 'number'"),
        (1.0, {"type": "integer"}, None),
        ({"at": ["x"]}, {"properties": {"at": {"items": {"type": "integer"}}}}, "at.0: 'x' is not of type 'integer'"),
        (None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}, None),
    ],
)
def test_says_what_is_wrong_and_where(value: Any, schema: dict[str, Any], wrong: str | None):
    assert misfit(value, schema) == wrong

"""Where a value is: one type for the generator and the library."""

import pytest

from generator.library import Location, argument_locations, schemas_at


@pytest.mark.parametrize(
    ("text", "steps", "name"),
    [
        ("memory", ("memory",), "memory"),
        ("vdis[].size", ("vdis", "[]", "size"), "size"),
        ("rows[][]", ("rows", "[]", "[]"), "rows"),
        ("other_config.*", ("other_config", "*"), "other_config"),
        ("srIdByVdiId.{key}", ("srIdByVdiId", "{key}"), "srIdByVdiId"),
        ("filter[name]", ("filter[name]",), "filter[name]"),
        ("", (), ""),
    ],
)
def test_steps_and_name(text: str, steps: tuple[str, ...], name: str):
    assert Location(text).steps == steps
    assert Location(text).name == name


def test_parts_of_an_operation():
    location = Location("body.vdis[].size")
    assert (location.first, location.below, location.below.first) == ("body", "vdis[].size", "vdis")
    assert (Location("200[].name").first, Location("200[].name").below, Location("body[]").below) == ("200", "name", "")
    assert location.moved("body.vdis", "disks") == "disks[].size"
    assert Location().property("vdis").each.property("size") == location.below
    assert argument_locations("a") == ("path.a", "query.a", "body.a")


def test_what_is_within():
    location = Location("body.vdis[].size")
    assert [location.is_within(outer) for outer in ("body", "body.vdis", "body.vdis[].size", "body.vd", "vdis")] == [
        True, True, True, False, False,
    ]  # fmt: skip


def test_schemas_are_found_through_alternatives():
    size = {"type": "integer"}
    items = {"type": "array", "items": {"properties": {"size": size}}}
    schema = {"properties": {"vdis": {"anyOf": [items, {"type": "null"}]}, "tags": {"additionalProperties": size}}}
    assert list(schemas_at(schema, Location("vdis[].size").steps)) == [size]
    assert list(schemas_at(schema, Location("tags.*").steps)) == [size]
    assert list(schemas_at(schema, Location("vdis[].name").steps)) == []

"""The published schema of overrides, held against every file by a validator that is not ours."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from ruamel.yaml import YAML

from generator.layout import OVERRIDES

FILES = sorted(OVERRIDES.glob("*.yaml"))
CREATE_VM = ("operations", "POST /pools/{id}/actions/create_vm", "arguments")
SCHEMA = json.loads((OVERRIDES / "schema.json").read_text())


def validator() -> Draft202012Validator:
    return Draft202012Validator(SCHEMA)


def read(name: str) -> Any:
    return YAML(typ="safe").load(OVERRIDES / name)


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from (value for name, value in schema.items() if name == "$ref" and isinstance(value, str))
        for value in schema.values():
            yield from references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from references(value)


def test_is_a_schema_whose_references_lead_somewhere():
    Draft202012Validator.check_schema(SCHEMA)
    resolver = Registry().with_resource("", DRAFT202012.create_resource(SCHEMA)).resolver()
    found = set(references(SCHEMA))
    assert found
    for reference in found:
        assert resolver.lookup(reference).contents


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_fits_every_file(path: Any):
    errors = [f"{error.json_path}: {error.message}" for error in validator().iter_errors(read(path.name))]
    assert not errors


def test_every_file_names_it():
    for path in FILES:
        assert re.match(r"# yaml-language-server: \$schema=schema\.json\n", path.read_text()), path.name


@pytest.mark.parametrize(
    ("name", "steps", "key"),
    [
        ("vms.yaml", (), "operation"),
        ("vms.yaml", ("operations",), "START /vms/{id}"),
        ("vms.yaml", ("operations", "GET /vms"), "titel"),
        ("vms.yaml", (*CREATE_VM, "install"), "descripton"),
        (
            "vms.yaml",
            ("operations", "POST /pools/{id}/actions/create_vm", "arguments", "install", "schema"),
            "nullable",
        ),
        ("vms.yaml", ("operations", "GET /vms/{id}/stats", "denied"), "reason"),
        ("events.yaml", ("local_tools",), "Read-Events"),
        ("_shared.yaml", (), "argument"),
        ("_shared.yaml", ("conventions",), "verb"),
    ],
)
def test_refuses_a_wrong_key(name: str, steps: tuple[str, ...], key: str):
    content = read(name)
    assert validator().is_valid(content)
    node = content
    for step in steps:
        node = node[step]
    node[key] = {"title": "Anything"}
    assert not validator().is_valid(content)


def test_takes_a_text_for_a_description_and_nothing_shorter():
    content = read("vms.yaml")
    arguments = content["operations"]["POST /pools/{id}/actions/create_vm"]["arguments"]
    assert arguments["id"] == "Pool id (list_pools)"
    assert validator().is_valid(content)
    for wrong in ("", 3, ["Pool"]):
        arguments["id"] = wrong
        assert not validator().is_valid(content)

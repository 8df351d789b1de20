"""The inventory's tables: columns by the rules, declarations that fit the contract, statements checked as they ship."""

from pathlib import Path
from typing import Any

import pytest
from newest import RELEASES
from ruamel.yaml import YAML

from generator.api.schema import Schemas
from generator.errors import OverrideError
from generator.history.history import load_history
from generator.layout import OVERRIDES, SPECS
from generator.model.builder import build_model
from generator.model.inventory.columns import columns_of
from generator.model.model import Model
from generator.model.overrides import load_overrides
from generator.specs.releases import load_releases
from generator.specs.specs import load_documents, newest_spec

INVENTORY = "inventory.yaml"


def model_of(folder: Path = OVERRIDES, spec: Path | None = None) -> Model:
    documents = load_documents(spec or newest_spec(SPECS))
    return build_model(documents, load_overrides(folder), load_history(SPECS), load_releases(SPECS).values())


@pytest.fixture(scope="module")
def model() -> Model:
    return model_of()


def columns(properties: dict[str, Any], extra: dict[str, str | None] | None = None) -> dict[str, tuple[str, str]]:
    schema = {"type": "array", "items": {"type": "object", "properties": properties}}
    found = columns_of(Schemas({}), schema, "x", extra or {}, lambda name: "secret" in name)
    return {column.name: (column.property, column.kind) for column in found.values()}


TEXT = {"type": "string"}
NUMBER = {"type": "number"}


def test_a_property_is_a_column_without_its_dollar():
    assert columns({"$pool": TEXT, "SR": TEXT}) == {
        "id": ("id", "string"),
        "pool": ("$pool", "string"),
        "SR": ("SR", "string"),
    }


def test_what_is_only_read_is_a_column_and_what_is_only_sent_is_none():
    found = columns({"made": {**TEXT, "readOnly": True}, "wish": {**TEXT, "writeOnly": True}})
    assert found.keys() == {"id", "made"}


def test_what_lies_inside_an_object_of_known_properties_is_a_column_each():
    memory = {"type": "object", "properties": {"size": NUMBER, "static": {"type": "array"}, "href": TEXT}}
    assert columns({"memory": memory, "href": TEXT}) == {
        "id": ("id", "string"),
        "memory_size": ("memory.size", "number"),
        "memory_static": ("memory.static", "array"),
    }


def test_an_object_that_may_hold_more_is_a_column_too():
    other = {"type": "object", "properties": {"a": TEXT}, "additionalProperties": TEXT}
    found = columns({"other": other, "free": {"type": "object"}})
    assert found["other"] == ("other", "object")
    assert found["other_a"] == ("other.a", "string")
    assert found["free"] == ("free", "object")


def test_of_two_properties_with_one_name_the_plain_one_stays():
    """SQL does not distinguish `CPUs` from `cpus`."""
    assert columns({"$host": NUMBER, "host": TEXT})["host"] == ("host", "string")
    found = columns({"a_b": TEXT, "a": {"type": "object", "properties": {"b": NUMBER}}, "A_B": NUMBER})
    assert [name for name in found if name.casefold() == "a_b"] == ["A_B"]


def test_what_the_contract_lacks_or_has_wrong_is_decided():
    found = columns({"wrong": TEXT}, {"wrong": None, "right.major": "number"})
    assert found == {"id": ("id", "string"), "right_major": ("right.major", "number")}


def test_a_secret_is_no_column():
    assert columns({"my_secret": TEXT, "auth": {"type": "object", "properties": {"secret": TEXT}}}) == {
        "id": ("id", "string")
    }


def test_every_collection_is_a_table_with_an_id(model: Model):
    lists = {tool.key for tool in model.tools if tool.kind.facade in {"list", "list_tasks"} and "{" not in tool.key}
    dropped = {key for key, table in load_overrides(OVERRIDES).inventory.tables.items() if table.drop}
    tables = {table.operation: table for table in model.inventory.tables if table.operation and not table.lookup}
    assert tables.keys() == lists - dropped
    for table in tables.values():
        assert "id" in table.columns
        assert table.about, f"{table.name}: say what a row is, in overrides/{INVENTORY}"
        assert len({name.casefold() for name in table.columns}) == len(table.columns)
        assert table.since or table.operation.startswith("GET /plugins/")


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)
def test_the_tables_of_every_release_build(release: Any):
    found = model_of(spec=release.spec).inventory
    assert {"vms", "hosts", "vdis", "vm_load"} <= {table.name for table in found.tables}


def changed(folder: Path, change: Any) -> Path:
    """Our overrides with another inventory."""
    for path in OVERRIDES.glob("*.yaml"):
        (folder / path.name).write_bytes(path.read_bytes())
    yaml = YAML(typ="safe", pure=True)
    content = yaml.load((folder / INVENTORY).read_text())
    change(content["inventory"])
    with (folder / INVENTORY).open("w") as file:
        yaml.dump(content, file)
    return folder


def view(sql: str) -> Any:
    return lambda inventory: inventory["views"].update({"mine": {"about": "x", "sql": sql}})


def lookup(**keys: Any) -> Any:
    return lambda inventory: inventory["lookups"]["vm_load"].update(keys)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (view("SELECT nam_label FROM vms"), "mine: SQL: No such column: nam_label (nearest: name_label"),
        (view("SELECT id FROM vmz"), "mine: SQL: No such table: vmz (nearest: vms"),
        (view("DELETE FROM vms"), "mine: SQL"),
        (view("SELECT load_extension('x') FROM vms"), "mine: SQL: Unsafe use of load_extension"),
        (
            lookup(operation="GET /vms/{id}/stat"),
            "GET /vms/{id}/stat is not an operation (nearest: GET /vms/{id}/stats",
        ),
        (lookup(of="vm"), "there is no table 'vm' (nearest: vms"),
        (lookup(group="contaner"), "vms has no column 'contaner' (nearest: container"),
        (lambda inventory: inventory["tables"].update({"GET /vmz": {"about": "x"}}), "GET /vmz lists nothing"),
        (
            lambda inventory: inventory["tables"]["GET /pgpus"].update({"name": "sms"}),
            "two tables would be called sms",
        ),
        (lambda inventory: inventory.update({"tabels": {}}), "there is no key 'tabels'"),
    ],
)
def test_a_declaration_that_fits_nothing_stops_the_build(tmp_path: Path, change: Any, expected: str):
    with pytest.raises(OverrideError) as error:
        model_of(changed(tmp_path, change))
    assert expected.partition(" (")[0] in str(error.value)
    if "nearest" in expected:
        assert expected.partition(" (nearest: ")[2] in str(error.value)


def test_a_statement_is_checked_with_its_arguments(model: Model):
    inventory = model.inventory
    found = inventory.check("SELECT name_label AS n FROM vms WHERE pool = :pool", ["pool"], "report x")
    assert found.columns == ("n",)
    assert found.tables == {"vms": {"name_label", "pool"}}
    assert found.operations == {"GET /vms"}
    with pytest.raises(OverrideError, match=r"report x: there is no argument 'poool'"):
        inventory.check("SELECT 1 WHERE :poool", ["pool"], "report x")
    with pytest.raises(OverrideError, match="report x: SQL: No such column"):
        inventory.check("SELECT gone FROM vms", [], "report x")


def test_a_statement_over_lookups_names_every_operation_behind_them(model: Model):
    found = model.inventory.check("SELECT name_label FROM vm_backup_status WHERE covered = 0", [], "x")
    assert found.operations == {
        "GET /vms", "GET /vms/{id}/backup-jobs", "GET /schedules", "GET /backup-logs", "GET /backup-archives",
        "GET /backup-jobs",
    }  # fmt: skip

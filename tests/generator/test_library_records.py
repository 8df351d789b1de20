"""What the library reads of XO's records, and the tools that it names, are held against what there is."""

from pathlib import Path
from typing import Any

import pytest

from generator.errors import OverrideError
from generator.model.librarynames import absent_tools, tools_in
from generator.model.libraryrecords import require_library_records
from generator.model.librarysource import LibrarySource, SourceModule, read_library

SOURCE = '''
def run(task, backup_job, vm_or_host, found, subtask):
    """What is in a docstring, like task["nothing"], is not looked at by `tools_in`: get_nothing."""
    if task.get("status") != "pending" or backup_job["mode"] == "delta" or vm_or_host.get("type") == "host":
        return vm_or_host["name_label"], found.get("ours"), subtask["ours"]
    raise Refused("Look at get_task, or list_tasks.", f"set `get_fields` and stop_vm: {task}", "get_alone")


def inside(task, vm_or_host):
    properties, size = task.get("properties"), None
    of = task["properties"]
    if isinstance(found := task.get("properties"), dict) and found.get("type") != of["method"]:
        size = vm_or_host["memory"]["size"]
    properties["ours"], size["ours"]
    size = task["status"]
    return (task.get("properties") or {}).get("params")
'''
RECORDS = {
    "/tasks/{id}": {"status": "string", "properties": "object"},
    "/backup-jobs": {"mode": "string"},
    "/vms": {"type": "string", "name_label": "string", "memory": "object"},
    "/hosts/{id}": {"type": "string", "name_label": "string", "memory": "object"},
    "/vms/{id}/stats": {"cpus": "array"},
}
DETAILS: dict[str, dict[str, dict[str, Any]]] = {
    "/tasks/{id}": {
        "status": {"values": ["pending", "success"]},
        **{f"properties:{name}": {} for name in ("method", "params", "type")},
    },
    "/vms": {"type": {"values": ["VM"]}, "memory:size": {}},
    "/hosts/{id}": {"type": {"values": ["host"]}, "memory:size": {}},
}


@pytest.fixture
def library(tmp_path: Path) -> LibrarySource:
    (tmp_path / "reads.py").write_text(SOURCE)
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "app.py").write_text('def send(task):\n    task["headers"]\n')
    return read_library(tmp_path)


def read_properties() -> list[tuple[str, str]]:
    return [(route, name) for route, fields in RECORDS.items() for name in fields if not route.endswith("stats")]


@pytest.mark.parametrize(("route", "name"), read_properties())
def test_a_property_that_xo_renames_stops_the_build(library: LibrarySource, route: str, name: str):
    require_library_records(RECORDS, DETAILS, library)
    renamed = {key: kind for key, kind in RECORDS[route].items() if key != name} | {f"{name}s": "string"}
    with pytest.raises(OverrideError, match=rf"reads '{name}' of a .*; nearest: {name}s") as refused:
        require_library_records({**RECORDS, route: renamed}, DETAILS, library)
    assert str(refused.value.place).startswith("reads.py:")


@pytest.mark.parametrize(("route", "name"), [("/tasks/{id}", "status"), ("/hosts/{id}", "type")])
def test_a_value_that_xo_renames_stops_the_build(library: LibrarySource, route: str, name: str):
    renamed = {route: {name: {"values": ["pendings", "hosts"]}}}
    with pytest.raises(OverrideError, match=rf"compares '{name}' of a .*; nearest: (pending|host)s") as refused:
        require_library_records(RECORDS, DETAILS | renamed, library)
    assert refused.value.place == "reads.py:4"


@pytest.mark.parametrize(
    ("route", "path"),
    [("/tasks/{id}", f"properties.{name}") for name in ("method", "params", "type")]
    + [("/vms", "memory.size"), ("/hosts/{id}", "memory.size")],
)
def test_a_property_inside_another_that_xo_renames_stops_the_build(library: LibrarySource, route: str, path: str):
    require_library_records(RECORDS, DETAILS, library)
    key = path.replace(".", ":")
    renamed = {known: entry for known, entry in DETAILS[route].items() if known != key} | {f"{key}s": {}}
    with pytest.raises(OverrideError, match=rf"reads '{path}' of a .*; nearest: {path}s"):
        require_library_records(RECORDS, DETAILS | {route: renamed}, library)


def test_a_property_with_any_value_may_be_compared_with_each(library: LibrarySource):
    require_library_records(RECORDS, {}, library)


def test_a_tool_that_does_not_exist_is_not_advised(library: LibrarySource):
    verbs = {"get", "list", "stop"}
    assert list(tools_in(SourceModule("reads.py", SOURCE), verbs)) == [
        (6, "get_task"),
        (6, "list_tasks"),
        (6, "stop_vm"),
    ]
    assert not list(absent_tools({"get_task", "list_tasks", "stop_vm"}, verbs, library))
    [absent] = absent_tools({"get_task", "list_tasks", "stop_vms"}, verbs, library)
    assert absent.text == "the library's reads.py:6: this XO has no tool stop_vm any more; nearest: stop_vms"

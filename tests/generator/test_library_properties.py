"""Properties that the library itself reads are held against the records that XO answers."""

from pathlib import Path

import pytest
from newest import RELEASES, Release

from generator.errors import OverrideError
from generator.history.history import load_history
from generator.layout import OVERRIDES, SPECS
from generator.model.builder import build_model
from generator.model.librarynames import shape_of
from generator.model.libraryproperties import readings, require_library_properties
from generator.model.librarysource import LibrarySource, read_library
from generator.model.overrides import load_overrides
from generator.model.records import has_property
from generator.specs.specs import load_documents

KINDS = 'VMS: Final = kind("vms")\nTRAITS = ("tags", "$pool")\n'
SOURCE = """
from xo_mcp.kinds import TRAITS, VMS
from xo_mcp.objects.finding import objects_of, read
SRS = replace(kind("srs"), noun="library")
TASKS: Final = "/tasks"
async def run():
    await objects_of(client, VMS, "power_state", *TRAITS)
    await read(client, SRS, given["id"], "content_type")
    query: Arguments = {"fields": "id,properties.name", "filter": f"properties:objectId:{id}"}
    await client.request(Call("GET", TASKS, query=query))
    state_of(path, "/vms/{id}", {"boot": "uefi"})
    await other.read(client, VMS, "nothing", "of", "ours")
"""
RECORDS = {
    "/vms": {"id": "string", "power_state": "string", "tags": "array", "$pool": "string"},
    "/vms/{id}": {"boot": "string"},
    "/srs": {"id": "string"},
    "/srs/{id}": {"content_type": "string"},
    "/tasks": {"id": "string", "properties": "object"},
}
INNER = ("properties.name", "properties.objectId")
DETAILS = {"/tasks": {path.replace(".", ":"): {"type": "string"} for path in INNER}}


@pytest.fixture
def library(tmp_path: Path) -> LibrarySource:
    (tmp_path / "kinds.py").write_text(KINDS)
    (tmp_path / "work.py").write_text(SOURCE)
    return read_library(tmp_path)


def test_properties_are_found_through_constants_of_other_modules(library: LibrarySource):
    found = {(each.route, each.name) for each in readings(library)}
    named = {(route, name) for route, fields in RECORDS.items() for name in fields if name != "properties"}
    assert found == named | {("/tasks", path) for path in INNER}


@pytest.mark.parametrize(("route", "name"), [(route, name) for route, fields in RECORDS.items() for name in fields])
def test_a_property_that_xo_renames_stops_the_build(library: LibrarySource, route: str, name: str):
    require_library_properties(RECORDS, DETAILS, library)
    renamed = {key: kind for key, kind in RECORDS[route].items() if key != name} | {f"{name}s": "string"}
    with pytest.raises(OverrideError, match=r"the library reads .* of /.*nearest: ") as refused:
        require_library_properties({**RECORDS, route: renamed}, DETAILS, library)
    assert str(refused.value.place).partition(":")[0] in {"work.py", "kinds.py"}


@pytest.mark.parametrize("path", INNER)
def test_a_property_inside_another_that_xo_renames_stops_the_build(library: LibrarySource, path: str):
    key = path.replace(".", ":")
    renamed = {known: entry for known, entry in DETAILS["/tasks"].items() if known != key} | {f"{key}s": {}}
    with pytest.raises(OverrideError, match=rf"the library reads '{path}' of /tasks, .*; nearest: {path}s"):
        require_library_properties(RECORDS, {"/tasks": renamed}, library)
    require_library_properties(RECORDS, {}, library)


def test_fields_that_can_not_be_followed_are_refused(tmp_path: Path):
    (tmp_path / "work.py").write_text('async def run(fields):\n    Call("GET", "/vms", query={"fields": fields})\n')
    with pytest.raises(OverrideError, match="`fields`") as refused:
        require_library_properties(RECORDS, DETAILS, read_library(tmp_path))
    assert refused.value.place == "work.py:2"


@pytest.mark.parametrize("release", [RELEASES[0], RELEASES[len(RELEASES) // 2]], ids=lambda release: release.name)
def test_older_releases_have_the_properties_too_where_they_have_the_list(release: Release):
    """The newest is held by the build itself."""
    model = build_model(load_documents(release.spec), load_overrides(OVERRIDES), load_history(SPECS))
    reads = [tool for tool in model.tools if tool.key.startswith("GET ") and tool.record]
    tables = [
        (shape_of(tool.key.removeprefix("GET ")), model.records[tool.record], model.record_details.get(tool.record, {}))
        for tool in reads
    ]
    missing = {
        (each.route, each.name)
        for each in readings(read_library())
        if (known := [table for shape, *table in tables if shape.fullmatch(each.route)])
        and not any(has_property(each.name, *table) for table in known)
    }
    assert missing <= {("/tasks", "progress")}  # without it, only the time that has passed is shown

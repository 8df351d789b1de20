"""Routes and methods that the library itself asks for are held against XO's APIs."""

from pathlib import Path

import pytest

from generator.errors import OverrideError
from generator.model.librarynames import methods_in, require_library_names, routes_in
from generator.model.librarysource import read_library

SOURCE = """
MACHINES: Final = ("/vms/{id}", "/vm-controllers/{id}")
SUFFIX = "/stats"
PROC = Path("/proc/net/arp")
def read():
    Kind("/srs", name="vm.set")
    return Call("GET", "/users/me"), Call("DELETE", "/events/{id}"), f"{SUFFIX}/rest/v0"
"""
KNOWN = {
    "GET /vms/{id}", "GET /vm-controllers/{id}", "GET /users/{id}", "GET /srs", "GET /vms/{id}/stats",
    "DELETE /events/{id}",
}  # fmt: skip


def test_routes_and_methods_are_found_wherever_they_stand():
    assert [route for _, route in routes_in(SOURCE)] == [
        "/vms/{id}", "/vm-controllers/{id}", "/stats", "/srs", "/users/me", "/events/{id}",
    ]  # fmt: skip
    assert list(methods_in(SOURCE)) == [(6, "vm.set")]


@pytest.mark.parametrize("missing", sorted(KNOWN))
def test_a_route_that_no_release_has_is_refused(tmp_path: Path, missing: str):
    (tmp_path / "reads.py").write_text(SOURCE)
    require_library_names(KNOWN, {"vm.start"}, read_library(tmp_path))
    with pytest.raises(OverrideError, match=r"asks for the route .* no release has") as refused:
        require_library_names(KNOWN - {missing}, {"vm.start"}, read_library(tmp_path))
    assert str(refused.value.place).startswith("reads.py:")


def test_a_method_that_no_release_has_is_refused(tmp_path: Path):
    (tmp_path / "builders").mkdir()
    (tmp_path / "builders" / "vms.py").write_text(SOURCE)
    require_library_names(KNOWN, {"vm.set"}, read_library(tmp_path))
    with pytest.raises(OverrideError, match=r"asks for the method vm.set, which no release has; nearest: vm.setup"):
        require_library_names(KNOWN, {"vm.setup"}, read_library(tmp_path))

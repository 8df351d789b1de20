"""Routes that the library itself asks are held against the API."""

from pathlib import Path

import pytest

from generator.errors import OverrideError
from generator.model.libraryroutes import require_library_routes, routes_in

SOURCE = """
MACHINES: Final = ("/vms/{id}", "/vm-controllers/{id}")
SUFFIX = "/s"
def read():
    return Call("GET", "/users/me"), Call("DELETE", "/events/{id}"), f"{SUFFIX}/rest/v0"
"""


def test_routes_are_found_in_calls_and_constants():
    assert {route for _, route in routes_in(SOURCE)} == {"/vms/{id}", "/vm-controllers/{id}", "/users/me"}
    assert list(routes_in('PATH = "/health"')) == []


def test_a_route_that_no_release_has_is_refused(tmp_path: Path):
    (tmp_path / "reads.py").write_text(SOURCE)
    every = {"GET /vms/{id}", "GET /vm-controllers/{id}", "GET /users/{id}"}
    require_library_routes(every, tmp_path)
    with pytest.raises(OverrideError, match="no release has; nearest: /vm-controller") as refused:
        require_library_routes(every - {"GET /vm-controllers/{id}"} | {"GET /vm-controller/{id}"}, tmp_path)
    assert refused.value.place == "reads.py:2"

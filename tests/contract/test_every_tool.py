"""Every tool is called with generated valid arguments; every request it makes is held against XO's contract."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from answers import check_answer
from desk import ENTRIES, Desk, folders, variables
from fake_xo import FakeXo, running_fake_xo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp.types import CallToolResult
from oracle import Oracle
from values import Values
from world import World

EXAMPLES = settings.default.max_examples // 8


@dataclass
class Place:
    """Where calls happen."""

    fake: FakeXo
    desk: Desk
    world: World
    values: Values


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with running_fake_xo(vms=8, lag=0, task_seconds=0, busy_vdi_seconds=0, export_bytes=5000) as fake:
        environment = variables(fake, **folders(tmp_path_factory.mktemp("files")))
        with Desk(environment) as desk:
            yield Place(fake, desk, World(fake), Values(fake))


@pytest.mark.parametrize("name", ENTRIES)
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
@given(data=st.data())
def test_a_tool_with_any_valid_arguments(place: Place, oracle: Oracle, name: str, data: st.DataObject):
    arguments = data.draw(place.values.arguments(ENTRIES[name]), label=name)
    place.world.restore()
    result = place.desk.call(name, arguments)
    check_answer(result)
    assert place.desk.log.faults == []
    assert oracle.complaints(place.world.log()) == []
    assert place.fake.xo.tasks.crashes == []
    close_streams(place, name, result)


def close_streams(place: Place, name: str, result: CallToolResult) -> None:
    """Leave no stream open."""
    content: dict[str, Any] = result.structured_content or {}
    if name == "open_events_stream" and "id" in content:
        assert not place.desk.call("close_events_stream", id=content["id"]).is_error

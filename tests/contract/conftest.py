"""One judge of requests for all tests here, and a fake XO with a server in front of it for those of a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import watch
from desk import Desk, folders, variables
from fake_xo import FakeXo, running_fake_xo
from oracle import Oracle
from world import World


@pytest.fixture(scope="session")
def oracle() -> Oracle:
    """Holds requests against the contract of the release under test."""
    return watch.oracle()


@pytest.fixture(scope="module")
def rpc_place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[FakeXo, Desk, Path]]:
    """One for all tests of a module, because starting takes longer than they do.

    A module's `XO_OPTIONS` change the options of the fake XO.
    """
    files = tmp_path_factory.mktemp("files")
    options = {"vms": 4, "lag": 0.05, "task_seconds": 0.01} | getattr(request.module, "XO_OPTIONS", {})
    with (
        running_fake_xo(**options) as running,
        Desk(variables(running, **folders(files))) as opened,
    ):
        yield running, opened, files


@pytest.fixture
def fake(rpc_place: tuple[FakeXo, Desk, Path]) -> Iterator[FakeXo]:
    """As it was when it started. Its reads lag a little, as a real one's do."""
    running = rpc_place[0]
    world = World(running)
    yield running
    running.xo.rpc.calls.clear()
    world.restore()


@pytest.fixture
def desk(rpc_place: tuple[FakeXo, Desk, Path]) -> Desk:
    """Offers everything."""
    return rpc_place[1]


@pytest.fixture
def own() -> Iterator[FakeXo]:
    """A fake XO whose options its test may change."""
    with running_fake_xo(vms=4, lag=0.05, task_seconds=0.01) as running:
        yield running


@pytest.fixture
def own_desk(own: FakeXo, tmp_path: Path) -> Iterator[Desk]:
    """Offers everything of it."""
    with Desk(variables(own, XO_MCP_DOWNLOAD_DIR=str(tmp_path / "files"))) as opened:
        yield opened


@pytest.fixture
def downloads(rpc_place: tuple[FakeXo, Desk, Path]) -> Path:
    """Where files are saved."""
    return rpc_place[2] / "download"

"""What every test shares."""

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
for folder in (ROOT, ROOT / "tests", ROOT / "tests" / "server", ROOT / "generated"):
    sys.path.insert(0, str(folder))

if (ROOT / "generator").is_dir() and "PYTEST_XDIST_WORKER" not in os.environ:
    from generator.freshness import staleness

    if text := staleness(ROOT):
        # At once, before what takes seconds to import; raised, it would be shown as a fault of this file.
        print(f"ERROR: {text}", file=sys.stderr)
        sys.exit(pytest.ExitCode.USAGE_ERROR)

import selection  # noqa: E402 - found through the paths above
import tiny_package  # noqa: E402 - likewise
from fake_xo.jsonrpc.socket import call_watchers  # noqa: E402
from fake_xo.requests import watchers  # noqa: E402
from method_judge import CALL_WATCH  # noqa: E402
from watch import WATCH  # noqa: E402
from xo_mcp.logs import LOGGER, REDACTOR  # noqa: E402 - found through the paths above

watchers.append(WATCH.whole)
call_watchers.append(CALL_WATCH.called)

# How fast a busy machine makes up examples is no property of ours.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# `make fuzz`
EXAMPLES = int(os.environ.get("EXAMPLES", "2000"))
settings.register_profile("fuzz", settings.get_profile("unhurried"), max_examples=EXAMPLES, print_blob=True)
# Every run but `make test-all`. The same examples each time: a commit fails for its own faults, not by chance.
settings.register_profile("brief", settings.get_profile("unhurried"), max_examples=50, derandomize=True)
settings.load_profile("unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Say how far a run goes; pytest by itself runs everything it is given."""
    parser.addoption("--depth", choices=selection.DEPTHS, default="all", help="how much to run (tests/selection.py)")


def pytest_configure(config: pytest.Config) -> None:
    """Make up fewer examples in every run but the one that goes over everything, unless a profile is asked for."""
    if config.getoption("--depth") != "all" and not config.getoption("--hypothesis-profile"):
        settings.load_profile("brief")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out whole modules that go further than this run, so that they are not even imported."""
    if not collection_path.name.startswith("test_"):
        return None
    if config.getoption("markexpr") == "newest" and not selection.has_rehearsed(collection_path):
        return True
    wanted = selection.DEPTHS.index(config.getoption("--depth"))
    return selection.DEPTHS.index(selection.depth(collection_path)) > wanted or None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that `make rehearse-quick` takes, and leave out single ones that go further than this run."""
    too_far = [item for item in items if selection.THOROUGH.search(item.nodeid)]
    if config.getoption("--depth") != "all":
        items[:] = [item for item in items if item not in too_far]
        config.hook.pytest_deselected(items=too_far)
    for item in items:
        if selection.sees_newest(item.path) and not selection.is_of_older(item.name):
            item.add_marker("newest")


@pytest.fixture
def anyio_backend() -> str:
    """Run async tests on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run-time library around a few hand-made tools; nobody writes into it."""
    return tiny_package.build(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(autouse=True)
def secrets_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test's server must never show, the next one's may: `admin` is a password here and a user there."""
    for name, value in vars(REDACTOR).items():
        monkeypatch.setattr(REDACTOR, name, value.copy() if isinstance(value, set) else value)


@pytest.fixture(autouse=True)
def logs_are_set_up_for_one_test() -> Iterator[None]:
    """Undo what a test's command line did to the logs of this process."""
    before = [(logger, logger.level, logger.handlers[:]) for logger in (logging.getLogger(), logging.getLogger(LOGGER))]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers


@pytest.fixture(autouse=True)
def requests_keep_to_the_contract(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test whose server asked XO anything that the contract of that XO's release does not know."""
    yield
    complaints = [*WATCH.complaints(), *CALL_WATCH.complaints()]
    marker = request.node.get_closest_marker("breaks_contract")
    if marker is None:
        assert complaints == []
    else:
        assert complaints, f"it keeps to the contract now; its mark says: {marker.args[0]}"

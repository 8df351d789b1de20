"""What several modules here need around their tests; each asks for it by name."""

from collections.abc import Iterator

import pytest
from authorization import Issuer, authorization_server
from fake_xo import FakeXo, running_fake_xo
from xo_mcp.actions import follow, read_after_write, tasks


@pytest.fixture
def xo() -> Iterator[FakeXo]:
    """A fake XO with twelve VMs, whose reads show every change at once."""
    with running_fake_xo(vms=12, lag=0) as fake:
        yield fake


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    """A fake XO with its default options, for tests that only read."""
    with running_fake_xo() as running:
        yield running


@pytest.fixture
def own() -> Iterator[FakeXo]:
    """A fake XO that its test may change."""
    with running_fake_xo(lag=0, task_seconds=0.01, busy_vdi_seconds=0.01) as running:
        yield running


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """An authorization server that its test may change."""
    with authorization_server() as found:
        yield found


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the proxies of the machine the tests run on."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at tasks again soon; never look beside the wait unless a test is about that."""
    monkeypatch.setattr(follow, "_FIRST_LOOK", 600)
    monkeypatch.setattr(follow, "_RETRY", 0.02)
    monkeypatch.setattr(read_after_write, "PATIENCE", 0.3)
    monkeypatch.setattr(tasks, "PATIENCE", 0.3)

"""What several modules here need around their tests; each asks for it by name."""

import pytest
from xo_mcp.actions import follow, read_after_write, tasks


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

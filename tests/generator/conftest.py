"""What several modules here need; each asks for it by name."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from importing import Site, serve

from generator.importing import importer


@pytest.fixture
def site() -> Iterator[Site]:
    """A web server with XO's document."""
    yield from serve()


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the committed facts out of reach."""
    monkeypatch.setattr(importer, "SPECS", tmp_path / "specs")
    return tmp_path / "specs"

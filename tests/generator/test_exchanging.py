"""Several files and folders put in place together, or none of them."""

from pathlib import Path

import pytest

from generator.errors import GeneratorError
from generator.exchanging import exchange


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device", "second"), KeyboardInterrupt()])
def test_an_exchange_that_is_interrupted_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
):
    for name in ("first", "second"):
        (tmp_path / name).write_text(f"old {name}")
        (tmp_path / f"new-{name}").write_text(f"new {name}")
    rename = Path.rename

    def failing(path: Path, target: Path) -> Path:
        if path.name == "new-second":
            raise failure
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", failing)
    pairs = [(tmp_path / f"new-{name}", tmp_path / name) for name in ("first", "second")]
    with pytest.raises((GeneratorError, KeyboardInterrupt)):
        exchange([(tmp_path / "new-first", tmp_path / "fresh" / "place"), *pairs[1:]], tmp_path / "kept")
    assert not (tmp_path / "fresh" / "place").exists()
    assert (tmp_path / "new-first").read_text() == "new first"
    assert (tmp_path / "second").read_text() == "old second"

"""Replaces several files and folders at once: all of them or none."""

from pathlib import Path
from typing import TYPE_CHECKING

from generator.errors import GeneratorError

if TYPE_CHECKING:
    from collections.abc import Callable


def exchange(pairs: list[tuple[Path, Path]], old: Path) -> None:
    """Put fresh files and folders in their places; when one can't be, everything is as it was.

    Args:
        pairs: What is fresh, and its place.
        old: An unused folder for what was there.

    Raises:
        GeneratorError: One could not be replaced.
    """
    old.mkdir()
    undo: list[Callable[[], object]] = []
    try:
        for index, (fresh, target) in enumerate(pairs):
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                kept = old / str(index)
                target.rename(kept)
                undo.append(lambda kept=kept, target=target: kept.rename(target))  # type: ignore[misc]
            fresh.rename(target)
            undo.append(lambda fresh=fresh, target=target: target.rename(fresh))  # type: ignore[misc]
    except BaseException as error:
        for back in reversed(undo):
            back()
        if isinstance(error, OSError):
            raise GeneratorError(
                f"could not be replaced: {error.strerror}; everything is as it was", place=str(error.filename)
            ) from error
        raise

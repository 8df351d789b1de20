"""Decisions that name a property which a release drops from a record: older releases need them, so they are kept."""

from dataclasses import dataclass, field

from generator.history.history import History
from generator.model.model import Stale
from generator.model.overrides import SHARED, Overrides


@dataclass(frozen=True)
class KnownFields:
    """Which properties other releases answer, and which of those that decisions name the release at hand dropped.

    Attributes:
        history: Of the API.
        release: The one that is built.
        dropped: Operation, decision and property, in the order in which they were asked for.
    """

    history: History
    release: str = ""
    dropped: dict[tuple[str, str, str], None] = field(default_factory=dict)

    def knows(self, read: str, path: str, *, key: str, decision: str) -> bool:
        """Whether some releases answer a property that this one lacks.

        Args:
            read: `GET /path` that answers it.
            path: The property, with a dot before one inside another.
            key: The operation that the decision is about.
            decision: The key of the decision: `fields`, `made`, ...
        """
        steps = path.split(".")
        outer = [".".join(steps[: length + 1]) for length in range(len(steps))]
        known = [name for name in outer if self.history.knows_field(read, name)]
        if self.release and self.release in [self.history.dropped_field(read, name) for name in known]:
            self.dropped.setdefault((key, decision, path))
        return bool(known)

    def stale(self, overrides: Overrides) -> list[Stale]:
        """What this release dropped, and decisions still name."""
        return [
            Stale(key, overrides.files.get(key, SHARED), removed=self.release, decision=decision, named=path)
            for key, decision, path in self.dropped
        ]

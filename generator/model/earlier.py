"""How an argument differs in earlier releases: its type, whether it is required, and values dropped since."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from generator.history.features import Presence
from generator.history.history import Life
from generator.library import Location
from generator.specs.releases import order


@dataclass(frozen=True)
class Earlier:
    """One demand on an argument that only some earlier releases have.

    Attributes:
        argument: Its name, or a location inside it.
        since: The first release that has the demand.
        before: The first release that has it no more.
        demand: `{"type": "boolean"}`, `{"required": true}`, `{"value": "a"}`, `{"values": ["a", "b"]}`: no others.
    """

    argument: str
    since: str
    before: str
    demand: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """As JSON data."""
        return {"argument": self.argument, "since": self.since, "before": self.before, **self.demand}


def earlier_demands(life: Life, names: Mapping[str, str]) -> Iterator[Earlier]:
    """Every demand that went, or that came later than its operation.

    Args:
        life: Of the operation.
        names: Locations of the API, such as `query.compress` -> the tool's own names.
    """
    for feature, presence in life.features.items():
        kind, _, rest = feature.partition(" ")
        location, _, value = rest.partition("=")
        own = _own_name(Location(location), names)
        if own is None:
            continue
        if kind == "type":
            yield from (Earlier(own, since, before, {"type": value}) for since, before in _times(presence))
        elif kind == "value":
            yield from (Earlier(own, since, before, {"value": value}) for since, before in _times(presence))
        elif kind == "limited":
            yield from _enumerated(own, location, presence, life)
        elif kind == "required":
            yield from (Earlier(own, since, before, {"required": True}) for since, before in _times(presence))
            if len(presence) % 2:
                # It is asked for now; between the times that it was, it was not.
                start = (life.span.since, *presence) if presence[0] != life.span.since else presence[1:]
                yield from (Earlier(own, since, before, {"required": False}) for since, before in _times(start))


def _enumerated(own: str, location: str, presence: Presence, life: Life) -> Iterator[Earlier]:
    """What a text was one of while it was enumerated, for each time that this was the same."""
    prefix = f"value {location}="
    every = {name.removeprefix(prefix): when for name, when in life.features.items() if name.startswith(prefix)}
    changes = {release for when in every.values() for release in when}
    for since, before in _times(presence):
        within = [each for each in changes if order(since) < order(each) < order(before)]
        for start, end in pairwise([since, *sorted(within, key=order), before]):
            values = [value for value, when in every.items() if sum(order(each) <= order(start) for each in when) % 2]
            yield Earlier(own, start, end, {"values": values})


def _own_name(location: Location, names: Mapping[str, str]) -> str | None:
    for outer, name in names.items():
        if location.is_within(outer):
            return location.moved(outer, name)
    return None


def _times(presence: Presence) -> Iterator[tuple[str, str]]:
    """The stretches that have ended: came with one release, went with another."""
    yield from zip(presence[::2], presence[1::2], strict=False)

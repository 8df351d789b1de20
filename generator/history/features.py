"""What a tool's user can notice of an operation, release by release: arguments, values, fields, privileges.

`history.py` says when things came for good; here every coming and going is kept, so that any two releases can be held
against each other without reading them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from generator.api.contract import Contract

DENIED: Final = "denied"
DEPRECATED: Final = "deprecated"
_STATUS: Final = re.compile(r"\d+(\[\])?\.?")
_CUTS: Final = re.compile(r"\.|\[")

Presence = tuple[str, ...]
"""The release something came with, the one that dropped it, the one it came back with, and so on."""


def features(releases: Sequence[tuple[str, Contract]]) -> dict[str, Presence]:
    """Follow one operation.

    Args:
        releases: Every release from the one that brought it to the last that has it, oldest first.

    Returns:
        Each feature it did not have all the time, what came and went with another left out, such as
        `argument query.limit`, `required body.name`, `value body.action=update`, `limited body.action` (an
        enumeration), `type query.compress=boolean`, `field tasks[].progress`, `privilege vm:start`, `denied`,
        `deprecated`.
    """
    found: dict[str, list[str]] = {}
    before: frozenset[str] = frozenset()
    by_release = _features_by_release(releases)
    for (release, _), now in zip(releases, by_release, strict=True):
        for feature in sorted(now ^ before):
            found.setdefault(feature, []).append(release)
        before = now
    always = [releases[0][0]]
    kept = {
        feature: tuple(presence)
        for feature, presence in sorted(found.items())
        if presence != always and all(found.get(owner) != presence for owner in _owners(feature))
    }
    # Of an enumeration that there was for a time, every value counts: nothing else was taken then. One that came to
    # stay is that of the newest release.
    listed = {name.partition(" ")[2] for name, when in kept.items() if name.startswith("limited ") and len(when) > 1}
    values = {feature: tuple(presence) for feature, presence in found.items() if _listing(feature) in listed}
    return dict(sorted({**kept, **values}.items()))


def _listing(feature: str) -> str:
    """The location of the enumeration that a value is of."""
    kind, _, location = feature.partition(" ")
    return location.partition("=")[0] if kind == "value" else ""


def _owners(feature: str) -> Iterator[str]:
    """The features a feature is a part of: `argument body.vdis` of `argument body.vdis[].size` and of its values."""
    kind, _, location = feature.partition(" ")
    if kind in ("value", "limited", "type"):
        location = location.partition("=")[0]
        yield f"argument {location}"
        kind = "argument"
    if kind in ("argument", "field"):
        yield from (f"{kind} {location[: cut.start()]}" for cut in _CUTS.finditer(location))


def _features_by_release(releases: Sequence[tuple[str, Contract]]) -> list[frozenset[str]]:
    """The features of each release.

    What XO did not say yet (privileges before 6.4, exposure before 6.5) is taken to be what it says first.
    """
    values = _values(contract for _, contract in releases)
    privileges: frozenset[str] = frozenset()
    denied = False
    result = []
    for _, contract in reversed(releases):
        privileges = contract.privileges or privileges
        denied = denied if contract.exposure is None else contract.exposure == "deny"
        own = {f"privilege {privilege}" for privilege in privileges} | ({DENIED} if denied else set())
        result.append(frozenset(own | set(_of(contract, values))))
    return result[::-1]


def _values(contracts: Iterator[Contract]) -> dict[str, set[str]]:
    """Place -> every value any release enumerated there."""
    found: dict[str, set[str]] = {}
    for contract in contracts:
        for location, value in contract.inputs.items():
            found.setdefault(location, set()).update(value.values or ())
    return found


def _of(contract: Contract, values: Mapping[str, set[str]]) -> Iterator[str]:
    if contract.deprecated:
        yield DEPRECATED
    for location, value in contract.inputs.items():
        yield f"argument {location}"
        if value.required:
            yield f"required {location}"
        if value.values is not None:
            yield f"limited {location}"
        if value.types:
            yield f"type {location}={'|'.join(sorted(value.types))}"
        # Where nothing is enumerated, everything is taken.
        yield from (f"value {location}={text}" for text in (values[location] if value.values is None else value.values))
    # Under which status an answer comes is the run-time library's business.
    yield from (f"field {name}" for location in contract.outputs if (name := _STATUS.sub("", location, count=1)))

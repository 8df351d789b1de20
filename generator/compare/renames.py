"""Operations that moved: the same contract under another path."""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from generator.api.contract import Contract
from generator.api.operations import placeholders

RICH = 8
"""From so many locations on, equal contracts are no coincidence."""
ALIKE, ALMOST_EQUAL = 0.6, 0.85
"""How alike paths must be where the contracts are equal; with a poor contract, paths must say it."""


def moves(old: Mapping[str, Contract], new: Mapping[str, Contract]) -> dict[str, str]:
    """Old `METHOD /path` -> new one, for operations that moved to another path.

    An operationId that stays is proof; else the contract must be the same and the path alike, or the contract rich and
    its only match.
    """
    removed = [contract for key, contract in old.items() if key not in new]
    fresh = [contract for key, contract in new.items() if key not in old]
    found: dict[str, str] = {}
    taken: set[str] = set()
    for _, one, other in sorted(_candidates(removed, fresh), key=lambda entry: (-entry[0], entry[1], entry[2])):
        if one not in found and other not in taken:
            found[one] = other
            taken.add(other)
    return dict(sorted(found.items()))


def _candidates(removed: list[Contract], fresh: list[Contract]) -> Iterator[tuple[float, str, str]]:
    for one in removed:
        same_id = [other for other in fresh if one.operation_id is not None and other.operation_id == one.operation_id]
        same_id = [other for other in same_id if other.method == one.method]
        if len(same_id) == 1:
            yield 2.0, one.key, same_id[0].key
            continue
        equal = [other for other in fresh if signature(other) == signature(one)]
        for other in equal:
            likeness = SequenceMatcher(None, one.path, other.path).ratio()
            rich = len(one.inputs) + len(one.outputs) >= RICH
            if likeness >= (ALIKE if rich else ALMOST_EQUAL) or (rich and len(equal) == 1):
                yield likeness, one.key, other.key


def signature(contract: Contract) -> tuple[object, ...]:
    """What an operation is, whatever its path and its placeholders are called."""
    names = {f"path.{name}": f"path.{index}" for index, name in enumerate(placeholders(contract.path))}
    return (
        contract.method,
        frozenset((names.get(location, location), value) for location, value in contract.inputs.items()),
        frozenset(contract.outputs.items()),
        contract.media,
        contract.statuses,
    )

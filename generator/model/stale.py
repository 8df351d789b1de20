"""Decisions about operations or arguments that an XO release has removed."""

from collections.abc import Iterator

from generator.api.methods import key_of
from generator.history.history import History, Life, Span
from generator.library import argument_locations
from generator.model.methods import MethodSource
from generator.model.model import Stale
from generator.model.overrides import Overrides, closest
from generator.specs.releases import is_release, order


def stale_decisions(overrides: Overrides, history: History, here: set[str], release: str) -> Iterator[Stale]:
    """Every decision about something that was removed.

    Args:
        overrides: All decisions.
        history: Of the API; without one, a decision about nothing is an error long before.
        here: `METHOD /path` of every operation there is.
        release: The release that is built; of an unknown one, only operations are looked at.
    """
    newer = history.newer_than(release)
    undecided = here - overrides.files.keys()
    for key, file in overrides.files.items():
        life = history.operations.get(key)
        if life is None:
            continue
        if key not in here:
            if key not in newer:
                method = key.partition(" ")[0]
                candidates = {other for other in undecided if other.startswith(f"{method} ")}
                yield Stale(key, file, removed=life.span.removed or "", nearest=tuple(closest(key, candidates)))
            continue
        yield from _stale_arguments(key, life, overrides, release)


def stale_methods(overrides: Overrides, methods: MethodSource | None) -> Iterator[Stale]:
    """Every decision about a JSON-RPC method, or a parameter of one, that only older releases had."""
    if methods is None or not is_release(methods.release):
        return
    here = {key_of(name) for name in methods.facts}
    undecided = here - overrides.files.keys()
    for key, life in methods.history.operations.items():
        if key not in overrides.files:
            continue
        if key in here:
            yield from _stale_arguments(key, life, overrides, methods.release)
        elif _is_removed(life.span, methods.release):
            nearest = tuple(closest(key, undecided))
            yield Stale(key, overrides.files[key], removed=life.span.removed or "", nearest=nearest)


def _stale_arguments(key: str, life: Life, overrides: Overrides, release: str) -> Iterator[Stale]:
    """Decisions about arguments that were removed; one that a builder takes may bear the name of one that is."""
    override = overrides.operations[key]
    locations = [location for location, entry in life.inputs.items() if not _is_removed(entry.span, release)]
    fresh = {location.below for location in locations if location.below}
    for name, decision in override.arguments.items():
        spans = [life.inputs[location].span for location in argument_locations(name) if location in life.inputs]
        is_ours = override.builder and decision.schema_
        if spans and not is_ours and all(_is_removed(span, release) for span in spans):
            likely = tuple(closest(name, fresh - override.arguments.keys()))
            yield Stale(key, overrides.files[key], argument=name, removed=spans[0].removed or "", nearest=likely)


def _is_removed(span: Span, release: str) -> bool:
    return span.removed is not None and is_release(release) and order(span.removed) <= order(release)

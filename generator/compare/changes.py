"""What differs between two releases of one operation, found without judging it.

A change of prose, order, or the name of a schema does not count: contracts don't hold those.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from generator.api.contract import ROOT, Contract, Shape, Value
from generator.api.operations import placeholders
from generator.library import Location

TASK_STATUS = "202"
"""HTTP's `Accepted`: what was asked for goes on after the answer."""
BODY = Location("body")
PARTS = {"path": "parameter", "query": "parameter", "header": "parameter", "cookie": "parameter", "body": "body"}


@dataclass(frozen=True)
class Finding:
    """One difference.

    Attributes:
        kind: `parameter-added`, `body-values-removed`, `response-type`, `exposure`, ... as `PART-WHAT` or a word.
        location: `query.limit`, `body.vdis[].size`, `200[].name_label`; empty when the whole operation is meant.
        old: What there was.
        new: What there is.
    """

    kind: str
    location: Location = ROOT
    old: Any = None
    new: Any = None


def compare(old: Contract, new: Contract) -> Iterator[Finding]:
    """Everything that differs, in a fixed order; the two may have different paths."""
    inputs, renamed = _align(old, new)
    yield from renamed
    yield from _of_operation(old, new)
    yield from _of_shape(*_bounded(inputs, _given_inputs(old, new)))
    yield from _of_media(old, new)
    yield from _of_shape(_aligned_outputs(old, new), new.outputs)


def _bounded(old: Shape, new: Shape) -> tuple[Shape, Shape]:
    """Both inputs, the body itself in both or in neither where it is an object: it is there only if bounded."""
    if not (_has_object(old) and _has_object(new)):
        return _without_object(old), _without_object(new)
    plain = {BODY: Value(frozenset({"object"}))}
    return ({**plain, **old}, {**plain, **new}) if BODY in {*old, *new} else (old, new)


def _without_object(inputs: Shape) -> Shape:
    return {name: value for name, value in inputs.items() if name != BODY or not _is_object(inputs)}


def _has_object(inputs: Shape) -> bool:
    return any(location.first == BODY for location in inputs) and (BODY not in inputs or _is_object(inputs))


def _is_object(inputs: Shape) -> bool:
    return bool(inputs[BODY].types) and inputs[BODY].types <= {"object", "null"}


def _given_inputs(old: Contract, new: Contract) -> Shape:
    """The new inputs; what a body requires need not be given where the whole body is new and need not be."""
    if _bodies(old) or new.body_required:
        return new.inputs
    return {
        location: replace(value, required=False) if location.first == "body" else value
        for location, value in new.inputs.items()
    }


def _aligned_outputs(old: Contract, new: Contract) -> Shape:
    """The old outputs under the new status, where the answer of a call that is no task has another one."""
    before, after = ({location.first for location in each.outputs} - {TASK_STATUS} for each in (old, new))
    if len(before) != 1 or len(after) != 1:
        return old.outputs
    (one,), (other,) = before, after
    return {
        location.moved(one, other) if location.first == one else location: value
        for location, value in old.outputs.items()
    }


def _align(old: Contract, new: Contract) -> tuple[Shape, list[Finding]]:
    """The old inputs under the new names of the path's placeholders."""
    names = list(zip(placeholders(old.path), placeholders(new.path), strict=False))
    changed = {before: after for before, after in names if before != after}
    if not changed or len(placeholders(old.path)) != len(placeholders(new.path)):
        return old.inputs, []
    inputs = {}
    for location, value in old.inputs.items():
        is_renamed = location.first == "path" and location.below in changed
        inputs[Location(f"path.{changed[location.below]}") if is_renamed else location] = value
    return inputs, [
        Finding("parameter-renamed", Location(f"path.{after}"), before, after) for before, after in changed.items()
    ]


def _of_operation(old: Contract, new: Contract) -> Iterator[Finding]:
    if old.operation_id != new.operation_id:
        yield Finding("operation-id", old=old.operation_id, new=new.operation_id)
    if old.deprecated != new.deprecated:
        yield Finding("deprecated" if new.deprecated else "undeprecated")
    if old.exposure != new.exposure:
        yield Finding("exposure", old=old.exposure, new=new.exposure)
    for privilege in sorted(new.privileges - old.privileges):
        yield Finding("privilege-added", old=sorted(old.privileges), new=privilege)
    for privilege in sorted(old.privileges - new.privileges):
        yield Finding("privilege-removed", old=privilege, new=sorted(new.privileges))
    if set(old.tags) != set(new.tags):
        yield Finding("tags", old=sorted(old.tags), new=sorted(new.tags))
    elif old.tags != new.tags:
        yield Finding("tags", old=list(old.tags), new=list(new.tags))
    if old.permission != new.permission:
        yield Finding("permission", old=old.permission, new=new.permission)
    if old.sign_ins - new.sign_ins or (new.sign_ins and not old.sign_ins):
        yield Finding("sign-in", old=sorted(old.sign_ins), new=sorted(new.sign_ins))


def _of_media(old: Contract, new: Contract) -> Iterator[Finding]:
    if old.body_required != new.body_required and _bodies(old) and _bodies(new):
        yield Finding("body-required" if new.body_required else "body-optional", Location("body"))
    for media in sorted(new.media - old.media):
        part, _, name = media.partition(" ")
        where = Location(part)
        yield Finding(f"{part_of(where)}-media-added", where, new=name)
    for media in sorted(old.media - new.media):
        part, _, name = media.partition(" ")
        where = Location(part)
        yield Finding(f"{part_of(where)}-media-removed", where, old=name)
    for status in sorted(new.statuses - old.statuses):
        yield Finding("response-status-added", new=status)
    for status in sorted(old.statuses - new.statuses):
        yield Finding("response-status-removed", old=status)


def _bodies(contract: Contract) -> bool:
    return any(media.startswith("body ") for media in contract.media)


def _of_shape(old: Shape, new: Shape) -> Iterator[Finding]:
    for location in sorted(old.keys() | new.keys()):
        part = part_of(location)
        if location not in old:
            if not _has_parent(location, new.keys() - old.keys()):
                yield Finding(f"{part}-added", location, new=new[location])
        elif location not in new:
            if not _has_parent(location, old.keys() - new.keys()):
                yield Finding(f"{part}-removed", location, old=old[location])
        elif old[location] != new[location]:
            yield from _of_value(part, location, old[location], new[location])


def _has_parent(location: Location, locations: set[Location]) -> bool:
    """Whether a parent of the location was added or removed as well, which says it already."""
    return any(other != location and location.is_within(other) for other in locations)


def _of_value(part: str, location: Location, old: Value, new: Value) -> Iterator[Finding]:
    if old.required != new.required:
        yield Finding(f"{part}-{'required' if new.required else 'optional'}", location)
    if old.types != new.types:
        yield Finding(f"{part}-type", location, sorted(old.types), sorted(new.types))
    if old.formats != new.formats:
        yield Finding(f"{part}-format", location, sorted(old.formats), sorted(new.formats))
    yield from _of_values(part, location, old, new)
    if old.limits != new.limits:
        yield Finding(f"{part}-limits", location, dict(old.limits), dict(new.limits))
    if old.default != new.default:
        yield Finding(f"{part}-default", location, old.default, new.default)
    if old.deprecated != new.deprecated:
        yield Finding(f"{part}-{'deprecated' if new.deprecated else 'undeprecated'}", location)


def _of_values(part: str, location: Location, old: Value, new: Value) -> Iterator[Finding]:
    """What differs of an enumeration."""
    if old.values is None and new.values is not None:
        yield Finding(f"{part}-values-closed", location, new=sorted(new.values))
    elif old.values is not None and new.values is None:
        yield Finding(f"{part}-values-opened", location, old=sorted(old.values))
    elif old.values is not None and new.values is not None:
        if new.values - old.values:
            yield Finding(f"{part}-values-added", location, new=sorted(new.values - old.values))
        if old.values - new.values:
            yield Finding(f"{part}-values-removed", location, old=sorted(old.values - new.values))


def part_of(location: Location) -> str:
    """Which part of the operation a location belongs to: parameter, body or response."""
    return PARTS.get(location.first, "response")


def plain(value: Any) -> Any:
    """What a finding holds, as JSON data."""
    if isinstance(value, Value):
        data = {
            "types": sorted(value.types),
            "required": value.required,
            "formats": sorted(value.formats),
            "values": None if value.values is None else sorted(value.values),
            "limits": dict(value.limits),
        }
        return {name: entry for name, entry in data.items() if entry}
    return value

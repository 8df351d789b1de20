"""Statistics for a model: a summary by default, series on request, a chart when one is wanted.

A VM's raw answer is thousands of numbers; what is asked of them is nearly always "how busy".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING, Final

from anyio import to_thread

from xo_mcp.answer import Answer, Image
from xo_mcp.errors import ArgumentError, CallError, Invalid
from xo_mcp.nearest import suggestion
from xo_mcp.reads.budget import DEFAULT_BUDGET, named, room_for, size
from xo_mcp.reads.charts import line_chart
from xo_mcp.reads.series import Series, grouped, series_of, summary, thinned, tidy
from xo_mcp.reads.shape import finish, plain
from xo_mcp.reads.taskview import reason_of
from xo_mcp.text import one_line
from xo_mcp.types import NOTHING, OMIT, Arguments, Json, Omit
from xo_mcp.units import iso

if TYPE_CHECKING:
    from xo_mcp.api.client import Client


POINTS: Final = 60
"""Values of one series unless asked otherwise."""
MOST_POINTS: Final = 2_000
_ALONE: Final = 8  # members of a group that are summarised one by one
_ALONE_IN_POOL: Final = 1
_FEWEST: Final = 8  # values under which a series is no longer thinned but left out
_ENVELOPE: Final = 300  # bytes of what stands around the series


async def read_stats(
    client: "Client",
    route: str,
    *,
    path: Arguments = NOTHING,
    query: Arguments = NOTHING,
    series: str | Omit = OMIT,
    points: int | Omit = OMIT,
    chart: bool = False,
    budget: int = DEFAULT_BUDGET,
) -> Answer:
    """Read the statistics of a VM, a host or a pool.

    Args:
        client: Where to ask.
        route: The GET of the statistics.
        path: Its `id`.
        query: `granularity`, where XO takes one.
        series: Names of series with commas between them (`cpus`, `cpus.0`, `iops.*`), or `*`: answer with their values.
        points: Values of one series at most, averaged from neighbours.
        chart: Also draw a PNG.
        budget: Bytes of the answer without the picture.

    Returns:
        `{"from", "to", "interval", "series": {name: {"min", "avg", "max", "last", "unit"}}}`; when series were asked
        for, `step` and `values` besides. Pools: `{"hosts": {id: the same, or {"error"}}}`.

    Raises:
        ArgumentError: No series has such a name, or charts can't be drawn.
        Invalid: The VM is not running.
        XoError: XO refused.
    """
    wanted = _wanted(series, points)
    many = _point_budget(points)
    try:
        reply = await client.request("GET", route, path=path, query=query)
    except Invalid as error:
        raise await _not_running(client, route, path, error) from error
    data = reply.data
    if not isinstance(data, dict):
        return plain(data, budget)
    told = _single(data, wanted, many, budget) if "stats" in data else _pool(data, wanted, many, budget)
    notes = told.notes
    images: tuple[Image, ...] = ()
    if chart and told.drawn:
        # Drawing takes about half a second, and other calls are not to wait for it.
        draw = partial(line_chart, told.drawn, end=told.end, interval=told.interval)
        picture, left_out = await to_thread.run_sync(draw)
        images = (Image(picture),)
        if left_out:
            notes = [*notes, f"Not in the chart: {named(left_out)}. Name fewer `series`."]
    return finish(Answer(told.data, tuple(notes), images=images), budget)


@dataclass
class _Told:
    """What an answer will say.

    Attributes:
        data: The figures.
        notes: Sentences about them.
        drawn: What a chart would show.
        end: Instant of the last values, seconds since 1970.
        interval: Seconds between two values.
    """

    data: dict[str, Json]
    notes: list[str]
    drawn: list[Series]
    end: float
    interval: float


def _wanted(series: str | Omit, points: int | Omit) -> list[str]:
    if isinstance(series, Omit):
        return [] if isinstance(points, Omit) else ["*"]
    names = [name.strip() for name in series.split(",") if name.strip()]
    if not names:
        raise ArgumentError(
            "`series` names nothing. Give names like `cpus` or `iops.r` with commas between them, or `*`."
        )
    return names


def _point_budget(points: int | Omit) -> int:
    if isinstance(points, Omit):
        return POINTS
    if isinstance(points, bool) or not isinstance(points, int) or not 1 <= points <= MOST_POINTS:
        raise ArgumentError(f"`points` must be a whole number from 1 to {MOST_POINTS:,}.")
    return points


async def _not_running(client: "Client", route: str, path: Arguments, error: Invalid) -> Invalid:
    """XO tells a halted VM with 422 and 5 kB of its raw record."""
    if route != "/vms/{id}/stats":
        return error
    try:
        reply = await client.request("GET", "/vms/{id}", path=path)
    except CallError:
        return error
    vm = reply.data if isinstance(reply.data, dict) else {}
    state = vm.get("power_state")
    if state in (None, "Running"):
        return error
    name = one_line(str(vm.get("name_label", "")), 80)
    detail = f"VM `{name}` is {state}: XO has statistics of running VMs only."
    return Invalid(error.status, "not_running", detail, "start_vm starts a halted one, get_vm shows its state.")


def _single(data: Mapping[str, Json], wanted: Sequence[str], points: int, budget: int) -> _Told:
    found = series_of(data.get("stats"))
    end, interval = _number(data.get("endTimestamp")), _number(data.get("interval"))
    if not found:
        note = "XO has no values yet; try again in a minute, or with another granularity."
        return _Told({**_frame(end, interval, []), "series": {}}, [note], [], end, interval)
    chosen = select(found, wanted) if wanted else grouped(found, _ALONE)
    shown, notes = _fit(chosen, points if wanted else 0, interval, room_for(budget) - _ENVELOPE)
    return _Told({**_frame(end, interval, chosen), "series": shown}, notes, chosen, end, interval)


def _pool(data: Mapping[str, Json], wanted: Sequence[str], points: int, budget: int) -> _Told:
    hosts: dict[str, Json] = {}
    told = _Told({"hosts": hosts}, [], [], 0.0, 0.0)
    known = {host: series_of(value.get("stats")) for host, value in data.items() if isinstance(value, dict)}
    if wanted:  # a name that no host has is a mistake
        select([each for found in known.values() for each in found], wanted)
    room = (room_for(budget) - _ENVELOPE) // max(len(data), 1) - _ENVELOPE // 2
    for host, value in data.items():
        stats = value if isinstance(value, dict) else {}
        if "stats" not in stats:
            error = stats.get("error")
            hosts[host] = {"error": reason_of(error)[0] if isinstance(error, dict) else "no statistics"}
            continue
        end, interval = _number(stats.get("endTimestamp")), _number(stats.get("interval"))
        chosen = [each for each in known[host] if _is_wanted(each.name, wanted)]
        chosen = chosen if wanted else grouped(known[host], _ALONE_IN_POOL)
        shown, notes = _fit(chosen, points if wanted else 0, interval, room)
        hosts[host] = {**_frame(end, interval, chosen), "series": shown}
        told.notes = list(dict.fromkeys([*told.notes, *notes]))
        told.drawn += [Series(f"{each.name} {host[:8]}", each.values, each.members) for each in chosen]
        told.end, told.interval = max(told.end, end), interval
    return told


def _frame(end: float, interval: float, chosen: Sequence[Series]) -> dict[str, Json]:
    """Return the time the values span."""
    length = max((len(each.values) for each in chosen), default=0)
    return {"from": iso(end - interval * max(length - 1, 0), "s"), "to": iso(end, "s"), "interval": tidy(interval)}


def _number(value: Json) -> float:
    return (
        float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 2**60 else 0.0
    )


def select(series: Sequence[Series], wanted: Sequence[str]) -> list[Series]:
    """Choose series by name, by the beginning of it up to a dot, or by pattern.

    Raises:
        ArgumentError: A name matches none.
    """
    for name in wanted:
        if not any(_matches(each.name, name) for each in series):
            names = sorted({each.name for each in series} | {each.name.split(".")[0] for each in series})
            tops = list(dict.fromkeys(each.name.split(".")[0] for each in series))
            close = suggestion(name[:60], names)
            raise ArgumentError(f"`series`: there is no `{one_line(name, 60)}`{close or '.'} There are {named(tops)}.")
    return [each for each in series if _is_wanted(each.name, wanted)]


def _is_wanted(name: str, wanted: Sequence[str]) -> bool:
    return any(_matches(name, each) for each in wanted)


def _matches(name: str, wanted: str) -> bool:
    return name == wanted or name.startswith(f"{wanted}.") or fnmatchcase(name, wanted)


def _fit(series: Sequence[Series], points: int, interval: float, room: int) -> tuple[dict[str, Json], list[str]]:
    """Describe as many series as fit, with fewer values each before fewer series.

    Args:
        series: What to describe.
        points: Values of each at most; 0 for a summary only.
        interval: Seconds between two values.
        room: Bytes for all of them.
    """
    asked = points
    summaries = [summary(each) for each in series]
    while True:
        told = {
            each.name: _described(each, short, points, interval) for each, short in zip(series, summaries, strict=True)
        }
        if size(told) <= room or points < 2 * _FEWEST:
            break
        points //= 2
    notes = []
    if asked and any(len(each.values) > points for each in series):
        notes.append(f"Values are averages of neighbours, at most {points} a series (`points`); `step` is in seconds.")
    if size(told) <= room:
        return told, notes
    kept: dict[str, Json] = {}
    left = room
    for name, description in told.items():
        left -= size(name) + size(description) + 2
        if left < 0:
            break
        kept[name] = description
    hidden = list(told)[len(kept) :]
    return kept, [*notes, f"No room for {named(hidden)}: name them in `series`, fewer at a time."]


def _described(series: Series, short: Mapping[str, Json], points: int, interval: float) -> Json:
    if not points:
        return dict(short)
    values, step = thinned(series.values, points)
    return {**short, "step": tidy(step * interval), "values": [tidy(value) for value in values]}

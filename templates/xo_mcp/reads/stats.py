"""Statistics for a model: a summary by default, series on request, a chart when one is wanted.

A VM's raw answer is thousands of numbers; what is asked of them is nearly always "how busy".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from anyio import to_thread

from xo_mcp.answer import Answer, Fitted, Image
from xo_mcp.encoding import size
from xo_mcp.errors import ArgumentError, CallError, Invalid
from xo_mcp.parsing import number_in, object_in
from xo_mcp.reads.budget import some_names
from xo_mcp.reads.charts import line_chart
from xo_mcp.reads.records import plain
from xo_mcp.reads.series import Series, grouped, is_wanted, select, series_of, summary, thinned, tidy
from xo_mcp.reads.spans import covering, parse_span, readable_span, values_of
from xo_mcp.reads.taskview import reason_of
from xo_mcp.text import one_line
from xo_mcp.types import OMIT, Call, Json, Omit
from xo_mcp.units import iso

if TYPE_CHECKING:
    from xo_mcp.api.client import Client


POINTS: Final = 60
"""Values of one series unless asked otherwise."""
MOST_POINTS: Final = 2_000
_ALONE: Final = 8  # members of a group that are summarised one by one
_ALONE_IN_POOL: Final = 1
_FEWEST: Final = 8  # values under which a series is no longer thinned but left out
_ENVELOPE: Final = 300  # bytes around the series
_NO_VALUES: Final = "XO has no values yet; try again in a minute, or with another granularity."


async def read_stats(
    client: "Client",
    call: Call,
    *,
    series: str | Omit = OMIT,
    points: int | Omit = OMIT,
    chart: bool = False,
    last: str | Omit = OMIT,
) -> Answer:
    """Read the statistics of a VM, a host or a pool.

    Args:
        client: Where to ask.
        call: The GET of the statistics.
        series: Names of series with commas between them (`cpus`, `cpus.0`, `iops.*`), or `*`: answer with their values.
        points: Values of one series at most, averaged from neighbours.
        chart: Also draw a PNG.
        last: The span up to now, `24h`; else all that XO keeps in the granularity.

    Returns:
        `{"from", "to", "interval", "series": {name: {"min", "avg", "max", "last", "unit"}}}`; when series were asked
        for, `step` and `values` besides, as there is room. Pools: `{"hosts": {id: the same, or {"error"}}}`.

    Raises:
        ArgumentError: No series has such a name, or charts can't be drawn.
        Invalid: The VM is not running.
        XoError: XO refused.
    """
    wanted = _wanted(series, points)
    many = _point_budget(points) if wanted else 0
    span = None if isinstance(last, Omit) else parse_span(last)
    call = call if span is None else covering(call, span)
    try:
        reply = await client.request(call)
    except Invalid as error:
        raise await _not_running(client, call, error) from error
    data = reply.data
    if not isinstance(data, dict):
        return plain(data)
    if "stats" in data:
        chosen = _choose(data, wanted, _ALONE, span)
        fit, drawn = partial(_fit_one, chosen, many), chosen
        notes = _shorter(chosen, span) if chosen.series else (_NO_VALUES,)
    else:
        hosts = _choose_by_host(data, wanted, span)
        fit, drawn, notes = partial(_fit_pool, hosts, many), _together(hosts), ()
    answer = Answer(fit, notes)
    return await _with_chart(answer, drawn) if chart and drawn.series else answer


async def _with_chart(answer: Answer, drawn: "_Chosen") -> Answer:
    # Drawing takes about half a second, and other calls are not to wait for it.
    draw = partial(line_chart, drawn.series, end=drawn.end, interval=drawn.interval)
    picture, left_out = await to_thread.run_sync(draw)
    notes = (f"Not in the chart: {some_names(left_out)}. Name fewer `series`.",) if left_out else ()
    return replace(answer, notes=(*answer.notes, *notes), images=(Image(picture),))


def summarized(data: Mapping[str, Json]) -> Answer:
    """Summarise the measurements of one object.

    Args:
        data: `{"interval": s, "endTimestamp": s, "stats": {name: numbers or an object of them}}`.
    """
    chosen = _choose(data, (), _ALONE, None)
    return Answer(partial(_fit_one, chosen, 0), () if chosen.series else (_NO_VALUES,))


@dataclass(frozen=True)
class _Chosen:
    """The series to show.

    Attributes:
        series: In XO's order.
        end: Instant of the last values, seconds since 1970.
        interval: Seconds between two values.
    """

    series: Sequence[Series]
    end: float
    interval: float

    def described(self, points: int, room: int) -> tuple[dict[str, Json], list[str]]:
        """Return the time they span and as many of them as fit, with notes; see `_fit`."""
        shown, notes = _fit(self.series, points, self.interval, room)
        length = max((len(each.values) for each in self.series), default=0)
        start = self.end - self.interval * max(length - 1, 0)
        frame: dict[str, Json] = {"from": iso(start, "s"), "to": iso(self.end, "s"), "interval": tidy(self.interval)}
        return {**frame, "series": shown}, notes


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


async def _not_running(client: "Client", call: Call, error: Invalid) -> Invalid:
    """XO refuses those of a machine that does not run with 422 and 5 kB of its raw record."""
    try:
        reply = await client.request(Call("GET", call.route.removesuffix("/stats"), path=call.path))
    except CallError:
        return error
    vm_or_host = object_in(reply.data)
    state = vm_or_host.get("power_state")
    if state in (None, "Running"):
        return error
    kind = "host" if vm_or_host.get("type") == "host" else "vm"
    word = kind if kind == "host" else "VM"
    name = one_line(str(vm_or_host.get("name_label", "")), 80)
    detail = f"{word} `{name}` is {state}: XO has statistics of running {word}s only."
    hint = f"start_{kind} starts a halted one, get_{kind} shows its state."
    return Invalid(error.status, "not_running", detail, hint)


def _choose(data: Mapping[str, Json], wanted: Sequence[str], alone: int, span: float | None) -> _Chosen:
    interval = number_in(data.get("interval"))
    found = _within(series_of(data.get("stats")), span, interval)
    series = select(found, wanted) if wanted and found else grouped(found, alone)
    return _Chosen(series, number_in(data.get("endTimestamp")), interval)


def _within(series: list[Series], span: float | None, interval: float) -> list[Series]:
    """The values of a span only, the newest ones."""
    if span is None:
        return series
    count = values_of(span, interval)
    return [replace(each, values=each.values[-count:]) for each in series]


def _shorter(chosen: _Chosen, span: float | None) -> tuple[str, ...]:
    """Say that XO has no values for some of the span."""
    if span is None:
        return ()
    length = max((len(each.values) for each in chosen.series), default=0)
    if length >= values_of(span, chosen.interval):
        return ()
    return (f"XO has values of the last {readable_span(length * chosen.interval)} only.",)


def _choose_by_host(data: Mapping[str, Json], wanted: Sequence[str], span: float | None) -> dict[str, _Chosen | str]:
    """Host -> its series, or why it has none."""
    hosts: dict[str, _Chosen | str] = {}
    known: list[Series] = []
    for host, value in data.items():
        stats = object_in(value)
        if "stats" in stats:
            chosen = _choose(stats, (), _ALONE_IN_POOL, span)
            found = _within(series_of(stats["stats"]), span, chosen.interval)
            known += found
            mine = [each for each in found if is_wanted(each.name, wanted)]
            hosts[host] = replace(chosen, series=mine) if wanted else chosen
        else:
            error = stats.get("error")
            hosts[host] = reason_of(error)[0] if isinstance(error, dict) else "no statistics"
    if wanted:  # a name that no host has is a mistake
        select(known, wanted)
    return hosts


def _together(hosts: Mapping[str, _Chosen | str]) -> _Chosen:
    """The series of all hosts, for one chart."""
    chosen = {host: each for host, each in hosts.items() if isinstance(each, _Chosen)}
    series = [
        Series(f"{one.name} {host[:8]}", one.values, one.members)
        for host, each in chosen.items()
        for one in each.series
    ]
    end = max((each.end for each in chosen.values()), default=0.0)
    return _Chosen(series, end, next((each.interval for each in reversed(chosen.values())), 0.0))


def _fit_one(chosen: _Chosen, points: int, room: int) -> Fitted:
    data, notes = chosen.described(points, room - _ENVELOPE)
    return Fitted(data, tuple(notes))


def _fit_pool(hosts: Mapping[str, _Chosen | str], points: int, room: int) -> Fitted:
    share = (room - _ENVELOPE) // max(len(hosts), 1) - _ENVELOPE // 2
    shown: dict[str, Json] = {}
    notes: dict[str, None] = {}
    for host, chosen in hosts.items():
        if isinstance(chosen, str):
            shown[host] = {"error": chosen}
        else:
            shown[host], more = chosen.described(points, share)
            notes.update(dict.fromkeys(more))
    return Fitted({"hosts": shown}, tuple(notes))


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
        shown = {
            each.name: _described(each, short, points, interval) for each, short in zip(series, summaries, strict=True)
        }
        if size(shown) <= room or points < 2 * _FEWEST:
            break
        points //= 2
    notes = []
    if asked and any(len(each.values) > points for each in series):
        notes.append(f"Values are averages of neighbours, at most {points} a series (`points`); `step` is in seconds.")
    if size(shown) <= room:
        return shown, notes
    kept: dict[str, Json] = {}
    left = room
    for name, description in shown.items():
        left -= size(name) + size(description) + 2
        if left < 0:
            break
        kept[name] = description
    hidden = list(shown)[len(kept) :]
    return kept, [*notes, f"No room for {some_names(hidden)}: name them in `series`, fewer at a time."]


def _described(series: Series, short: Mapping[str, Json], points: int, interval: float) -> Json:
    if not points:
        return dict(short)
    values, step = thinned(series.values, points)
    return {**short, "step": tidy(step * interval), "values": [tidy(value) for value in values]}

"""Checks whether a change that XO reports as a success changed anything.

XO answers success to a tag removed that was not there, to a traffic rule that Open vSwitch refused, to a log emptied by
a user who may delete nothing of it (XO 6.7.1). What is looked at before and after is decided in overrides/
(`effect_check`); members of a list of the object (tags, users of a group) follow from the routes.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import anyio

from xo_mcp.actions.expectations import member_of, not_shown_yet, still_working
from xo_mcp.answer import Answer
from xo_mcp.api.unreachable import is_unanswered
from xo_mcp.decisions import decision
from xo_mcp.errors import CallError
from xo_mcp.reads.taskview import UNSETTLED
from xo_mcp.text import as_sent, is_bare_word, one_line
from xo_mcp.types import OMIT, Arguments, Call, Json, Omit

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

UNCHANGED: Final = "unchanged"
"""The status of a success after which everything is as before."""
_LOOKS: Final = (0.0, 0.15, 0.25, 0.4, 0.7)
"""Seconds before each look at what should have changed; reads lag behind writes."""
_SHOWN: Final = 400  # characters of a state
_NAMED: Final = 10  # members named in a message
_DEEPEST: Final = 4  # levels of JSON texts within JSON texts


async def checked(
    client: "Client", call: Call, reads: str | None, work: Callable[[], Awaitable[Answer]], *, members: bool = True
) -> Answer:
    """Make a change, and say so when nothing changed.

    Args:
        client: Where to look.
        call: The change.
        reads: The route of the object's GET, if it has one.
        work: Makes it.
        members: Whether members of a list of the object are looked at too, which costs a request.

    Raises:
        CallError: Whatever the work raises. Looking raises nothing.
    """
    check = decision(call.operation).effect_check
    if check:
        watched = _Watched(client, check, call.path)
        before = await watched.look()
        try:
            answer = await work()
        except CallError as error:
            if before is None or not is_unanswered(error):
                raise
            return await _despite(watched, before, error)
        return await _compared(watched, before, answer)
    noted = await _about_member(client, call, reads) if members else None
    answer = await work()
    return _unchanged(answer, noted) if noted else answer


@dataclass(frozen=True)
class _Watched:
    """What is looked at: an object's property, or a list of which the records count.

    Attributes:
        client: Where.
        check: `effect_check` of overrides.
        path: Values for the placeholders of its route and filter, and of what the property becomes.
    """

    client: "Client"
    check: Arguments
    path: Arguments

    async def look(self) -> Json:
        """What it is now, `None` when that is unknown."""
        route, properties = self.check["read"], self.check.get("property", ())
        path = {name: value for name, value in self.path.items() if f"{{{name}}}" in route}
        query: Arguments = {} if properties else {"fields": "id"}
        if "filter" in self.check:
            values = {name: value for name, value in self.path.items() if is_bare_word(str(value))}
            try:
                query = {**query, "filter": self.check["filter"].format_map(values)}
            except KeyError:
                return None  # not given, or not possible in a filter
        try:
            found: Json = (await self.client.request(Call("GET", route, path=path, query=query))).data
        except CallError:
            return None
        if not properties:
            return found if isinstance(found, list) else None
        for name in properties:
            if not isinstance(found, dict):
                return None
            found = found.get(name, "")
        # A missing key and an empty list are the same; `false` is a value.
        return found if isinstance(found, bool) else _read(found) or ""

    async def look_for_change(self, before: Json) -> Json:
        """What it is once it differs, or is as it was to become, or after a while."""
        now = before
        for pause in _LOOKS:
            await anyio.sleep(pause)
            now = await self.look()
            if now is None or self.is_done(before, now):
                break
        return now

    def is_done(self, before: Json, now: Json) -> bool:
        """Whether the change shows."""
        becomes = self.check.get("becomes")
        if becomes is None:
            return now != before
        if "filter" in self.check:
            return now != before or bool(now) is becomes["value"]
        wanted = becomes["value"] if "value" in becomes else self.path.get(becomes["argument"], OMIT)
        if isinstance(wanted, Omit):
            return now != before
        return now == (wanted if isinstance(wanted, bool) else wanted or "")

    def in_words(self, before: Json, now: Json) -> dict[str, str]:
        """Both in words."""
        worded = _value_text if self.check.get("property") else _count
        return {"before": worded(before), "now": worded(now)}


async def _compared(watched: _Watched, before: Json, answer: Answer) -> Answer:
    if before is None or not isinstance(answer.data, dict) or str(answer.data.get("status")) in UNSETTLED:
        return answer
    now = await watched.look_for_change(before)
    if now is None:
        return answer
    values = watched.in_words(before, now)
    if now == before and watched.check.get("becomes") and not watched.is_done(before, now):
        return replace(answer, notes=(*answer.notes, not_shown_yet("the change")))
    if now == before:
        return _unchanged(answer, watched.check["text"].format_map(values))
    left = watched.check.get("left")
    return replace(answer, notes=(*answer.notes, left.format_map(values))) if left and now else answer


async def _despite(watched: _Watched, before: Json, error: CallError) -> Answer:
    """Report what reads show of a change that XO did not answer.

    Raises:
        CallError: They do not show it, or that is unknown.
    """
    now = await watched.look_for_change(before)
    if now is None:
        raise error
    shows_value = bool(watched.check.get("property"))
    values = watched.in_words(before, now)
    if not watched.is_done(before, now):
        still = f" ({values['now']})" if shows_value else ""
        raise still_working(error, f"show no change{still}")
    change = f": {values['before']} before, {values['now']} now" if shows_value else ""
    note = f"XO did not answer, but reads show the change{change}."
    return Answer({"status": "done"}, (note,))


def _unchanged(answer: Answer, note: str) -> Answer:
    data = {**answer.data, "status": UNCHANGED} if isinstance(answer.data, dict) else answer.data
    return replace(answer, data=data, notes=(note, *answer.notes))


async def _about_member(client: "Client", call: Call, reads: str | None) -> str | None:
    """Say that what is to be removed is not a member, or that what is to be added is one already."""
    found = member_of(call.route, reads, call.path) if reads and call.method in ("PUT", "DELETE") else None
    if found is None:
        return None
    name, value = found
    path = {key: item for key, item in call.path.items() if f"{{{key}}}" in (reads or "")}
    try:
        shown = (await client.request(Call("GET", reads or "", path=path))).data
    except CallError:
        return None
    members = shown.get(name) if isinstance(shown, dict) else None
    if not isinstance(members, list) or (value in members) is (call.method == "DELETE"):
        return None
    if call.method == "PUT":
        return f"Nothing changed: `{as_sent(value)}` was already among its {name}."
    return f"Nothing was removed: `{as_sent(value)}` was not among its {name}, which are {_member_names(members)}."


def _member_names(members: Sequence[Json]) -> str:
    shown = ", ".join(f"`{as_sent(str(each))}`" for each in members[:_NAMED])
    more = f" and {len(members) - _NAMED} more" if len(members) > _NAMED else ""
    return f"{shown}{more}" if members else "none"


def _count(records: Json) -> str:
    return f"{len(records):,}" if isinstance(records, list) else "none"


def _value_text(value: Json) -> str:
    return "none" if value in ("", [], {}) else one_line(json.dumps(value, ensure_ascii=False), _SHOWN)


def _read(value: Json, depth: int = 0) -> Json:
    """A value with the JSON in its texts parsed."""
    if depth > _DEEPEST:
        return value
    if isinstance(value, list):
        return [_read(each, depth + 1) for each in value]
    if not isinstance(value, str) or value[:1] not in ("[", "{"):
        return value
    try:
        return _read(json.loads(value), depth + 1)
    except (ValueError, RecursionError):
        return value

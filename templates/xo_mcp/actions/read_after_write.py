"""Writes that XO does at once, and the short wait until reads see them.

On XO 6.7.1 reads lag writes: after `PATCH` 204 the old value shows for about 0.15 s, and a new VDI is 404 as long; a
real pool may be slower. A model that reads back at once would believe that nothing happened.
"""

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import anyio

from xo_mcp.answer import Answer
from xo_mcp.api.preflight import hint_after, prepare
from xo_mcp.errors import ArgumentError, CallError, NotFound, Unreachable
from xo_mcp.privacy.masking import gives_secret
from xo_mcp.types import OMIT, Arguments, Call, Json, Omit, Progress, no_progress

if TYPE_CHECKING:
    from xo_mcp.api.client import Client, Reply


TICK: Final = 5.0
"""Seconds between signs of life of a call without steps."""
PATIENCE: Final = 3.0
"""Seconds that reads may take to see a write; a success stays one when they take longer."""
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 0.5
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_CREATED: Final = 201

Seen = Callable[[Mapping[str, Json] | None], bool | None]
"""Whether an object as GET shows it (`None`: 404) is as expected; `None` when it can't be told."""


@dataclass(frozen=True)
class Expectation:
    """What reads will show once they see a write.

    Attributes:
        route: The GET to ask.
        path: Its parameters.
        seen: Tells whether an answer is as expected.
        what: Names it, for a note.
    """

    route: str
    path: Arguments
    seen: Seen
    what: str


def sent_body(call: Call) -> Json | Omit:
    """Return the JSON to send: properties that were not given are left out, and `OMIT` stands for no body."""
    if not isinstance(call.body, Mapping):
        return {} if call.body is OMIT and call.body_required else call.body
    given = {name: value for name, value in call.body.items() if not isinstance(value, Omit)}
    return given if given or call.body_required else OMIT


async def run_write(
    client: "Client",
    call: Call,
    *,
    reads: str | None = None,
    creates: str | None = None,
    progress: Progress = no_progress,
    waits: bool = True,
) -> Answer:
    """Change something that XO answers when it is done, then wait briefly until reads see it.

    Args:
        client: Where to send it.
        call: What to send.
        reads: The route of the object's GET, if it has one.
        creates: The route of the GET of what is made, if anything is.
        progress: Hears that XO is still working.
        waits: Whether it is waited until reads see it.

    Returns:
        `{"status": "done"}` with what XO answered: the `id` of what was created, the `taskId` of what goes on.

    Raises:
        ArgumentError: A known trap.
        XoError: XO refused.
        Unreachable: No answer, and reads do not show the change.
    """
    ready = await prepare(client, call)
    sent = replace(ready, body=sent_body(ready))
    if sent.method == "PATCH" and not isinstance(sent.body, bool) and sent.body in (OMIT, None, {}):
        raise ArgumentError("Nothing was changed: no property to change was given.")
    try:
        reply = await ticking(progress, lambda: client.request(sent, patience="change"))
    except Unreachable as error:
        seen = await seen_despite(client, sent, reads, error)
        return Answer({"status": "done"}, (seen,), gives_secret=gives_secret(call.method, call.route))
    new = created_id(reply)
    expected = expectation(sent, reads) if new is None else creation(creates, new)
    note = None if expected is None or not waits else await settle(client, expected)
    notes = tuple(filter(None, [note, hint_after(call)]))
    return Answer(outcome(reply), notes, gives_secret=gives_secret(call.method, call.route))


async def ticking(progress: Progress, work: Callable[[], Awaitable["Reply"]]) -> "Reply":
    """Do something without steps, and report every few seconds that it goes on.

    Raises:
        CallError: Whatever the work raises.
    """
    result: list[Reply] = []
    refusal: CallError | None = None
    async with anyio.create_task_group() as group:
        group.start_soon(_tick, progress)
        try:
            result.append(await work())
        except CallError as error:
            refusal = error  # raised outside of the group, which would wrap it
        group.cancel_scope.cancel()
    if refusal is not None:
        raise refusal
    return result[0]


async def _tick(progress: Progress) -> None:
    started = time.monotonic()
    while True:
        await anyio.sleep(TICK)
        await progress(time.monotonic() - started, None, "XO is working")


async def seen_despite(client: "Client", sent: Call, reads: str | None, error: Unreachable) -> str:
    """Look whether a change was made that XO did not answer.

    Returns:
        A note, when reads show all of the change.

    Raises:
        Unreachable: They don't, or nobody can tell; says what they show.
    """
    expected = expectation(sent, reads, strict=True)
    if expected is None:
        raise error
    shown = await witness(client, expected)
    if shown:
        return f"XO did not answer, but reads show {expected.what}."
    if shown is None:
        raise error
    raise Unreachable(f"{error} Just now, reads do not show {expected.what}: XO may still be working on it.") from error


def outcome(reply: "Reply") -> dict[str, Json]:
    """Return the answer of a write: what XO said, under a `status`."""
    data = reply.data
    if isinstance(data, dict):
        # A task keeps running after 202; anything else is over.
        status = "started" if "taskId" in data else "done"
        return {"status": status, **{name: item for name, item in data.items() if name not in ("status", "href")}}
    if data in (None, "", [], {}):
        return {"status": "done"}
    return {"status": "done", "result": data}


def created_id(reply: "Reply") -> str | None:
    """Return the id of what a 201 created."""
    made = reply.data.get("id") if isinstance(reply.data, dict) and reply.status == _CREATED else None
    return made if isinstance(made, str) and made else None


def expectation(call: Call, reads: str | None, *, strict: bool = False) -> Expectation | None:
    """Tell what reads will show once they see a change.

    Args:
        call: The change, its body as it was sent.
        reads: The route of the object's GET, if it has one.
        strict: Whether values that can't be compared leave it open, rather than being passed over.

    Returns:
        `None` when nothing can be told: there is no GET, or none of the values sent shows in it.
    """
    if reads is None:
        return None
    body = call.body
    if call.method == "DELETE" and call.route == reads:
        return Expectation(reads, call.path, lambda seen: seen is None, "that it is gone")
    if call.method == "PATCH" and isinstance(body, dict):
        return Expectation(reads, call.path, lambda seen: _shows(seen, body, strict=strict), "the new values")
    member = member_of(call.route, reads, call.path)
    if member is not None and call.method in ("PUT", "DELETE"):
        put = call.method == "PUT"
        return Expectation(reads, call.path, lambda seen: _holds(seen, *member, wanted=put), "the change")
    return None


def creation(creates: str | None, created: str) -> Expectation | None:
    """Expect a new object; `None` when it can't be told where it is to be read.

    Args:
        creates: The GET of such objects.
        created: The new object's id.
    """
    if creates is None:
        return None
    return Expectation(creates, {"id": created}, lambda seen: seen is not None, "the new object")


def member_of(route: str, reads: str, path: Arguments) -> tuple[str, str] | None:
    """Split `/vms/{id}/tags/{tag}` beside `/vms/{id}` into the list it changes and the value: `tags`, what `tag` is."""
    match = re.fullmatch(r"/([\w-]+)/\{([\w-]+)\}", route.removeprefix(reads)) if route.startswith(reads) else None
    value = path.get(match[2]) if match else None
    return (match[1], value) if match and isinstance(value, str) else None


def _holds(seen: Mapping[str, Json] | None, name: str, value: str, *, wanted: bool) -> bool | None:
    members = seen.get(name) if seen is not None else None
    return (value in members) is wanted if isinstance(members, list) else None


def _shows(seen: Mapping[str, Json] | None, sent: Mapping[str, Json], *, strict: bool = False) -> bool | None:
    """Whether an object shows the values of a PATCH, as far as it has properties of these names.

    PATCH /vms takes `nameLabel` where GET has `name_label`; other bodies use GET's own names. Values that XO keeps in
    another form (memory, CPU counts, blocked operations) can't be compared and are passed over.
    """
    if seen is None:
        return False
    verdicts = [_same(seen.get(_name_in(seen, name)), value) for name, value in sent.items()]
    told = [verdict for verdict in verdicts if verdict is not None]
    if strict and len(told) < len(verdicts) and all(told):
        return None
    return all(told) if told else None


def _name_in(seen: Mapping[str, Json], name: str) -> str:
    return name if name in seen else _HUMP.sub("_", name).lower()


def _same(shown: Json, sent: Json) -> bool | None:
    """Whether a value shown is the value sent; `None` when their kinds differ, so that nothing can be told."""
    if sent is None:
        return shown in (None, "")  # null clears
    if isinstance(sent, bool) or isinstance(shown, bool):
        return shown is sent if isinstance(shown, bool) and isinstance(sent, bool) else None
    if isinstance(sent, (int, float)) and isinstance(shown, (int, float)):
        return shown == sent
    if isinstance(sent, str) and isinstance(shown, str):
        return shown == sent
    if isinstance(sent, list) and isinstance(shown, list) and all(isinstance(each, str) for each in [*sent, *shown]):
        return sorted(map(str, sent)) == sorted(map(str, shown))
    return None


def state_of(path: Arguments, reads: str, wanted: Mapping[str, str]) -> Expectation:
    """Expect an object to show these values, as texts (`{"power_state": "Running"}`)."""

    def seen(shown: Mapping[str, Json] | None) -> bool | None:
        if shown is None or not any(name in shown for name in wanted):
            return None
        return all(str(shown.get(name)).casefold() == str(value).casefold() for name, value in wanted.items())

    return Expectation(reads, path, seen, " and ".join(f"`{name}` {value}" for name, value in wanted.items()))


async def witness(client: "Client", expected: Expectation, patience: float | None = None) -> bool | None:
    """Read until the expectation shows.

    Args:
        client: Where to read.
        expected: What to wait for.
        patience: Seconds; `PATIENCE` unless given.

    Returns:
        Whether it showed in time; `None` when nobody can tell.
    """
    path = {name: value for name, value in expected.path.items() if f"{{{name}}}" in expected.route}
    # The deadline cancels a read that hangs as well as the pauses between reads.
    with anyio.move_on_after(PATIENCE if patience is None else patience):
        pause = _FIRST_PAUSE
        while True:
            try:
                reply = await client.request(Call("GET", expected.route, path=path))
                verdict = expected.seen(reply.data if isinstance(reply.data, dict) else {})
            except NotFound:
                verdict = expected.seen(None)
            except CallError:
                return None  # not ours to read, or XO is away
            if verdict is not False:
                return verdict
            await anyio.sleep(pause)
            pause = min(pause * 1.6, _LONGEST_PAUSE)
    return False


async def settle(client: "Client", expected: Expectation) -> str | None:
    """Wait briefly until reads see a write; never fails, because the write succeeded.

    Returns:
        A note when reads do not show it yet, `None` when they do or nobody can tell.
    """
    if await witness(client, expected) is not False:
        return None
    return (
        f"XO accepted this, but reads do not show {expected.what} yet: they lag behind writes. Look again in a moment."
    )

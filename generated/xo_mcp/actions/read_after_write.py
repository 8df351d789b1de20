"""Writes that XO does at once, and the short wait until reads see them.

On XO 6.7.1 reads lag writes: after `PATCH` 204 the old value shows for about 0.15 s, and a new VDI is 404 as long; a
real pool may be slower. A model that reads back at once would believe that nothing happened.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

import anyio

from xo_mcp.actions.creations import Creation
from xo_mcp.actions.expectations import Expectation, creation, expectation, not_shown_yet, still_working
from xo_mcp.actions.follow import TICK
from xo_mcp.answer import Answer
from xo_mcp.api.preflight import hint_after, prepare
from xo_mcp.api.unreachable import is_unanswered
from xo_mcp.decisions import decision
from xo_mcp.errors import ArgumentError, CallError, NotFound
from xo_mcp.parsing import object_in
from xo_mcp.privacy.masking import gives_secret
from xo_mcp.types import OMIT, Call, Json, Omit, Progress, no_progress

if TYPE_CHECKING:
    from xo_mcp.api.client import Client, Reply


PATIENCE: Final = 3.0
"""Seconds that reads may take to see a write; a success stays one when they take longer."""
_FIRST_PAUSE: Final = 0.05
Answered = TypeVar("Answered")
_LONGEST_PAUSE: Final = 0.5
_CREATED: Final = 201


def sent_body(call: Call) -> Json | Omit:
    """Return the JSON to send: properties that were not given are left out, and `OMIT` means no body."""
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
    route = decision(call.operation).listed_in
    listing = None if route is None else Call("GET", route, path=sent.path)
    made = await Creation.noted(client, creates, sent.body, listing) if waits else None
    try:
        reply = await ticking(progress, lambda: client.request(sent, patience="change"))
    except CallError as error:
        if not is_unanswered(error):
            raise
        return await unanswered(client, sent, reads, error, made)
    new = created_id(reply)
    expected = expectation(sent, reads) if new is None else creation(creates, new)
    note = None if expected is None or not waits else await wait_until_visible(client, expected)
    notes = tuple(filter(None, [note, hint_after(call)]))
    return Answer(outcome(reply), notes, gives_secret=gives_secret(call.method, call.route))


async def ticking(
    progress: Progress, work: Callable[[], Awaitable[Answered]], seconds: float | None = None
) -> Answered:
    """Do something without steps, and report every few seconds that it goes on.

    Args:
        progress: Hears of it.
        work: What is done.
        seconds: How long it may take, where that is known.

    Raises:
        CallError: Whatever the work raises.
    """
    result: list[Answered] = []
    refusal: Exception | None = None
    async with anyio.create_task_group() as group:
        group.start_soon(_tick, progress, seconds)
        try:
            result.append(await work())
        except Exception as error:  # noqa: BLE001 - raised outside of the group, which would wrap it
            refusal = error
        group.cancel_scope.cancel()
    if refusal is not None:
        raise refusal
    return result[0]


async def _tick(progress: Progress, seconds: float | None) -> None:
    started = time.monotonic()
    while True:
        await anyio.sleep(TICK)
        passed = time.monotonic() - started
        await progress(passed if seconds is None else min(passed, seconds), seconds, "XO is working")


async def unanswered(
    client: "Client", sent: Call, reads: str | None, error: CallError, made: Creation | None = None
) -> Answer:
    """Look whether a change was made that XO did not answer.

    Args:
        client: Where to look.
        sent: The change.
        reads: The route of the object's GET, if it has one.
        error: Why there is no answer.
        made: What was noted before, of a call that makes something.

    Returns:
        `{"status": "done"}`, when reads show all of the change.

    Raises:
        CallError: They don't, or that is unknown; says what they show.
    """
    if made is not None:
        created, note = await made.found(error, PATIENCE)
        secret = gives_secret(sent.method, sent.route)
        data: dict[str, Json] = dict(created) if secret else {"id": created["id"]}
        return Answer({"status": "done", **data}, (note,), gives_secret=secret)
    expected = expectation(sent, reads, strict=True)
    shown = None if expected is None else await witness(client, expected)
    if expected is None or shown is None:
        raise error
    if not shown:
        raise still_working(error, f"do not show {expected.what}")
    return Answer({"status": "done"}, (f"XO did not answer, but reads show {expected.what}.",))


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


async def witness(client: "Client", expected: Expectation, patience: float | None = None) -> bool | None:
    """Read until the expectation shows.

    Args:
        client: Where to read.
        expected: What to wait for.
        patience: Seconds; `PATIENCE` unless given.

    Returns:
        Whether it showed in time; `None` when that is unknown.
    """
    path = {name: value for name, value in expected.path.items() if f"{{{name}}}" in expected.route}
    # The deadline cancels a read that hangs as well as the pauses between reads.
    with anyio.move_on_after(PATIENCE if patience is None else patience):
        pause = _FIRST_PAUSE
        while True:
            try:
                reply = await client.request(Call("GET", expected.route, path=path))
                verdict = expected.seen(object_in(reply.data))
            except NotFound:
                verdict = expected.seen(None)
            except CallError:
                return None  # not ours to read, or XO is away
            if verdict is not False:
                return verdict
            await anyio.sleep(pause)
            pause = min(pause * 1.6, _LONGEST_PAUSE)
    return False


async def wait_until_visible(client: "Client", expected: Expectation) -> str | None:
    """Wait briefly until reads see a write; never fails, because the write succeeded.

    Returns:
        A note when reads do not show it yet, `None` when they do or that is unknown.
    """
    if await witness(client, expected) is not False:
        return None
    return not_shown_yet(expected.what)

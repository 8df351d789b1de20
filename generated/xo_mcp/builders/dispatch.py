"""Carries out a tool over JSON-RPC: as one call, as a file, or by the builder that its decision names."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from xo_mcp.actions import effects
from xo_mcp.actions.creations import Creation
from xo_mcp.actions.read_after_write import ticking, unanswered
from xo_mcp.answer import Answer
from xo_mcp.errors import Unreachable
from xo_mcp.rpc.calls import Work, given
from xo_mcp.rpc.files import fetch
from xo_mcp.types import NOTHING, OMIT, Arguments, Call, Omit, Progress, Started, ignore_task, no_progress

if TYPE_CHECKING:
    from xo_mcp.api.client import Client
    from xo_mcp.config.config import Config

FOLDER = "xo_mcp.builders"
CALL = "CALL"
"""Stands for an HTTP method in the key of a JSON-RPC method."""


async def consequences(client: "Client", builder: str, arguments: Arguments) -> Sequence[str]:
    """What a call will do, in whole sentences, for the person who must agree to it; for most builders nothing."""
    find = getattr(import_module(f"{FOLDER}.{builder}"), "consequences", None)
    found: Sequence[str] = () if find is None else await find(client, arguments)
    return found


async def run(
    client: "Client",
    config: "Config",
    method: str,
    params: Arguments = NOTHING,
    *,
    effect: str = "read",
    timeout: float | None = None,  # noqa: ASYNC109 - how long the model wants to wait, the call itself goes on
    filename: str | Omit = OMIT,
    extension: str | None = None,
    builder: str | None = None,
    reads: str | None = None,
    creates: str | None = None,
    progress: Progress = no_progress,
    started: Started = ignore_task,
) -> Answer:
    """Carry a tool out.

    Args:
        client: Of both APIs.
        config: The operator's decisions.
        method: Of XO's JSON-RPC API, such as `vm.insertCd`.
        params: The tool's arguments by XO's names; what is `OMIT` is not sent.
        effect: What the tool does to the world.
        timeout: Seconds to follow a long call.
        filename: What to call a file that XO hands over.
        extension: Of that file; given for tools that save one.
        builder: The module of `xo_mcp.builders` that makes the request; none: the arguments are the request.
        reads: The route of the GET of the object it changes, if that has one.
        creates: The route of the GET of what is made, if anything is.
        progress: Called with how far a long call is.
        started: Called with the id of the task that XO made of it.

    Raises:
        CallError: As the call, or the builder, says.
    """
    work = Work(client, config, method, given(params), effect != "read", reads, creates, timeout, progress, started)
    module = import_module(f"{FOLDER}.{builder}") if builder is not None else None
    if extension is not None:
        ready: Work = work if module is None else await module.prepare(work)
        return await fetch(ready, filename=filename, extension=extension)
    carry_out: Callable[[], Awaitable[Answer]] = work.run if module is None else partial(module.run, work)
    return await _watched(work, carry_out) if work.changes else await carry_out()


async def _watched(work: Work, carry_out: Callable[[], Awaitable[Answer]]) -> Answer:
    """Change something, and look at what reads show of it where the answer says little, or does not come.

    Raises:
        CallError: XO refused; or it did not answer, and reads do not show the change.
    """
    made = await Creation.noted(work.client, work.creates, work.arguments)

    async def answered() -> Answer:
        try:
            # A long call reports its own progress.
            return await (ticking(work.progress, carry_out) if work.timeout is None else carry_out())
        except Unreachable as error:
            change = work.rest_change or Call(CALL, work.method)
            return await unanswered(work.client, change, work.reads, error, made)

    call = Call(CALL, work.method, path=work.arguments)
    return await effects.checked(work.client, call, None, answered, members=False)

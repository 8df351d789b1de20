"""One call of a JSON-RPC method, from a tool's arguments to its answer."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import anyio

from xo_mcp.actions.expectations import Expectation, creation, expectation
from xo_mcp.actions.read_after_write import wait_until_visible
from xo_mcp.answer import Answer
from xo_mcp.errors import ArgumentError, Unreachable
from xo_mcp.reads.records import plain
from xo_mcp.rpc.following import Watch, pending
from xo_mcp.types import NOTHING, Arguments, Call, Json, Omit, Progress, Started, ignore_task, no_progress

if TYPE_CHECKING:
    from xo_mcp.api.client import Client
    from xo_mcp.config.config import Config


SUBJECT: Final = re.compile(r"\{(\w+)\}")
DELETING: Final = frozenset({"delete", "deleteJob", "destroy", "unregister"})
"""Last words of methods after which the object can't be read any more."""


@dataclass(frozen=True)
class Work:
    """What a tool over JSON-RPC works with.

    Attributes:
        client: XO's REST API, and as `client.jsonrpc` the other one.
        config: The operator's decisions.
        method: Of XO's, such as `vm.insertCd`.
        arguments: The tool's, by XO's names; what was not given is left out.
        changes: Whether the tool changes anything.
        reads: The route of the GET of the object it changes, if that has one.
        creates: The route of the GET of what is made, if anything is.
        timeout: Seconds to follow a long call; nothing for one that XO answers soon.
        progress: Called with how far it is.
        started: Called with the id of the task that XO made of it.
    """

    client: "Client"
    config: "Config"
    method: str
    arguments: dict[str, Json]
    changes: bool = False
    reads: str | None = None
    creates: str | None = None
    timeout: float | None = None
    progress: Progress = no_progress
    started: Started = ignore_task

    async def call(self, method: str = "", params: Arguments = NOTHING, *, limit: float | None = None) -> Json:
        """Call a method, the tool's own with its arguments when none is named.

        Raises:
            XoError: XO refused; Unreachable: no answer.
        """
        if method:
            return await self.client.jsonrpc.call(method, params, changes=self.changes, limit=limit)
        return await self.client.jsonrpc.call(self.method, self.arguments, changes=self.changes, limit=limit)

    async def ask(self, method: str, params: Arguments = NOTHING) -> Json:
        """Call another method that changes nothing.

        Raises:
            XoError: XO refused; Unreachable: no answer.
        """
        return await self.client.jsonrpc.call(method, params)

    async def run(self, watch: Watch | None = None) -> Answer:
        """Call the tool's method and word its answer.

        Args:
            watch: Follows a long call; by default by the task that XO keeps of it.

        Raises:
            ArgumentError: It would change nothing, which XO takes without a word.
            XoError: XO refused; Unreachable: no answer.
        """
        if is_set(self.method) and not self.changed_properties:
            raise ArgumentError("Nothing was changed: no property to change was given.")
        if self.timeout is not None:
            own = Watch(self.client, self.method, self.arguments, self.progress, self.started)
            return await self._follow(self.timeout, watch or own)
        result = await self.call()
        return await self.answer(result)

    async def answer(self, result: Json) -> Answer:
        """Word a result: of a read as it is, of a write with `status`, and the `id` of what was made.

        Waits briefly until XO's reads show what was made or changed, because they lag behind.
        """
        if not self.changes:
            return plain(result)
        made = id_in(result) if self.creates else None
        data: dict[str, Json] = {"status": "done"}
        if made is not None:
            data["id"] = made
        elif result not in (True, None, ""):
            data["result"] = result
        expected = creation(self.creates, made) if made is not None else self._change()
        note = None if expected is None else await wait_until_visible(self.client, expected)
        return Answer(data, (note,) if note else ())

    @property
    def changed_properties(self) -> dict[str, Json]:
        """What is given besides the object."""
        subjects = {*SUBJECT.findall(self.reads or ""), "id"}
        return {name: value for name, value in self.arguments.items() if name not in subjects}

    @property
    def rest_change(self) -> Call | None:
        """The change as a request of the REST API, whose reads then show it; `None` where they can't."""
        if self.reads is None:
            return None
        if self.method.rpartition(".")[2] in DELETING:
            return Call("DELETE", self.reads, path=self.arguments)
        if is_set(self.method):
            return Call("PATCH", self.reads, path=self.arguments, body=self.changed_properties)
        return None

    def _change(self) -> Expectation | None:
        """What reads will show of the object that was changed or deleted."""
        change = self.rest_change
        return None if change is None else expectation(change, self.reads)

    async def _follow(self, seconds: float, watch: Watch) -> Answer:
        await watch.prepare()
        results: list[Json] = []
        errors: list[Exception] = []
        with anyio.move_on_after(max(seconds, 0.001)):
            async with anyio.create_task_group() as group:
                group.start_soon(watch.look, seconds)
                try:
                    results.append(await self.call(limit=float("inf")))
                except Exception as error:  # noqa: BLE001 - raised outside of the group, which would wrap it
                    errors.append(error)
                group.cancel_scope.cancel()
        if errors:
            if isinstance(errors[0], Unreachable) and self.changes:
                raise await watch.outcome(errors[0])
            raise errors[0]
        return await self.answer(results[0]) if results else pending(watch, seconds)


def is_set(method: str) -> bool:
    """Whether a method sets properties of an object, by XO's names of methods."""
    return method.rpartition(".")[2] in ("set", "update")


def given(params: Arguments) -> dict[str, Json]:
    """What was given of arguments."""
    return {name: value for name, value in params.items() if not isinstance(value, Omit)}


def id_in(result: Json) -> str | None:
    """The id that XO answers about what it made: as text, or in the object it made."""
    found = result.get("id") if isinstance(result, dict) else result
    return found if isinstance(found, str) and found and " " not in found else None

"""One tool on many objects: which they are is fixed first, a person agrees to exactly these, a few run at once."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import anyio

from xo_mcp.answer import Answer, Fitted
from xo_mcp.encoding import array_of, size
from xo_mcp.errors import CallError
from xo_mcp.logs import explained, get_logger
from xo_mcp.objects.consequences import ConsequenceQuery
from xo_mcp.objects.moves import track
from xo_mcp.parsing import object_in
from xo_mcp.privacy.sanitizing import sanitize_and_encode
from xo_mcp.reads.budget import fit_items
from xo_mcp.server.dry_run import DryRun
from xo_mcp.server.handlers import handler_of
from xo_mcp.server.outcomes import fault
from xo_mcp.server.question import Question, ask_about, named_object
from xo_mcp.server.targets import Target, looked_up

if TYPE_CHECKING:
    from xo_mcp.definitions import Entry
    from xo_mcp.safety.trail import Trail
    from xo_mcp.session import Session
    from xo_mcp.types import Json, Progress
    from xo_mcp.xo import Xo

TOOL: Final = "run_on_many"
AT_ONCE: Final = 4
"""Calls that run at the same time: XO is one thread, and hosts do one thing after the other."""
NAMED: Final = 20
"""Objects that a question names with their whole ids; of more, each with the beginning of its id."""
BEGINNING: Final = 8
"""Characters of an id, beside its object's name."""
UNSETTLED: Final = frozenset({"pending", "started"})
_NOTES: Final = 5
_ENVELOPE: Final = 400  # bytes around the results
_ORDER: Final = ("failed", "not_begun", "pending", "done")
"""What is shown first where not everything fits an answer."""
log = get_logger("many")

Facade = Callable[[bool, list[str]], "Xo"]
"""Makes the facade of one call: whether it waits until reads show the change, and where the ids of tasks go."""
Recorder = Callable[[Mapping[str, Any]], "Trail"]
"""Begins the record of one call."""


@dataclass
class Batch:
    """One tool on many objects, ready to be agreed to and run.

    Attributes:
        session: With XO.
        operations: Every `METHOD /path` this package knows.
        given: The arguments of `run_on_many`, as they were checked.
        entry: The tool.
        targets: The objects, each once.
        arguments: Of the tool besides, ids only.
        notes: About names and doubles.
        stops: Whether nothing more is begun after a failure.
        is_dry_run: Whether requests are only shown.
    """

    session: "Session"
    operations: Collection[str]
    given: Mapping[str, Any]
    entry: "Entry"
    targets: tuple[Target, ...]
    arguments: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    stops: bool = True
    is_dry_run: bool = False
    _results: dict[str, dict[str, "Json"]] = field(default_factory=dict, init=False)
    _said: list[str] = field(default_factory=list, init=False)

    @property
    def ids(self) -> list[str]:
        """Of the objects."""
        return [target.id for target in self.targets]

    @property
    def consequence_query(self) -> ConsequenceQuery:
        """Finds out what all calls together will do."""
        return ConsequenceQuery(self.session, self.entry, self.of(self.targets[0]), self.ids)

    @property
    def audited(self) -> dict[str, Any]:
        """For the audit log: what is done to what."""
        return {"tool": self.entry.name, "targets": self.ids, "arguments": dict(self.arguments)}

    def of(self, target: Target) -> dict[str, Any]:
        """The arguments of the call on one object."""
        return {self.entry.facts.subject: target.id, **self.arguments}

    async def compose(self) -> Question:
        """The question, from what XO shows now of the objects that were fixed."""
        seen = await looked_up(self.session.client, self.entry, self.targets)
        lines = (await self.consequence_query.run()).lines
        # All of them: a person has not agreed to what is only counted.
        digits = None if len(self.targets) <= NAMED else BEGINNING
        shown = [named_object(target.id, seen.get(target.id), digits) for target in self.targets]
        many = "1 object" if len(self.targets) == 1 else f"{len(self.targets):,} objects"
        asked = await ask_about(
            self.session.client,
            self.entry,
            self.arguments,
            self.operations,
            lines,
            subject=f"{many}: {', '.join(shown)}",
            seen=[seen.get(target.id, {}) for target in self.targets],
        )
        # The token is bound to the call as it came, the agreement to the objects that it meant.
        return Question(TOOL, self.given, asked.message, exactly=json.dumps(self.ids))

    async def run(self, facade: Facade, begin: Recorder, how: str | None, progress: "Progress") -> Answer:
        """Call the tool on every object.

        Args:
            facade: Makes the facade of one call.
            begin: Begins the record of one call.
            how: How it was agreed to.
            progress: Called with how many are done.
        """
        if self.is_dry_run:
            return await self._dry_run()
        tracked = await track(self.session, self.entry, self.of(self.targets[0]), self.ids)
        waiting = iter(self.targets)
        failed = anyio.Event()

        async def work() -> None:
            for target in waiting:
                if self.stops and failed.is_set():
                    return
                result = await self._one(target, facade, begin, how)
                self._results[target.id] = result
                if result["status"] == "failed":
                    failed.set()
                done = len(self._results)
                await progress(done, len(self.targets), f"{done} of {len(self.targets)}")

        async with anyio.create_task_group() as group:
            for _ in range(min(AT_ONCE, len(self.targets))):
                group.start_soon(work)
        rows = [self._results.get(target.id) or _row(target, "not_begun") for target in self.targets]
        answer = Answer({})
        if tracked is not None:
            answer = await tracked.with_moves(answer)
        more = object_in(answer.data)
        return Answer(partial(_fit, self.entry.name, rows, more, (*self.notes, *self._said)))

    async def _one(self, target: Target, facade: Facade, begin: Recorder, how: str | None) -> dict[str, "Json"]:
        """Call the tool on one object, and say what became of it."""
        arguments = self.of(target)
        trail = begin(arguments)
        tasks: list[str] = []
        try:
            await trail.start(how)
            # Reads that follow see the others when they see the last.
            xo = facade(target is self.targets[-1], tasks)
            answer = await handler_of(self.entry)(xo, **self.entry.parameters(arguments))
        except CallError as error:
            reason = explained(error)
            await trail.end("failed", reason=reason, task=tasks[-1] if tasks else None)
            return _row(target, "failed", error=reason)
        except Exception as error:
            log.exception("%s failed unexpectedly", self.entry.name)
            await trail.end("failed", reason=type(error).__name__)
            return _row(target, "failed", error=fault(self.entry, started=trail.started))
        except BaseException:
            await trail.end("cancelled", task=tasks[-1] if tasks else None)
            raise
        data = object_in(answer.data)
        self._said += [note for note in answer.notes if note not in self._said and len(self._said) < _NOTES]
        pending = str(data.get("status")) in UNSETTLED
        task = data.get("taskId") if isinstance(data.get("taskId"), str) else tasks[-1] if tasks else None
        await trail.end("pending" if pending else "done", task=task)
        made = data.get("id")
        more = {"made": made} if isinstance(made, str) and made != target.id else {}
        return _row(target, "pending" if pending else "done", **more, **({"task": task} if pending else {}))

    async def _dry_run(self) -> Answer:
        """What would be sent, without sending anything."""
        rows: list[Json] = []
        for target in self.targets:
            answer = await handler_of(self.entry)(DryRun(), **self.entry.parameters(self.of(target)))
            rows.append(_row(target, "not_begun", request=answer.data))
        note = "Nothing was sent: call again without dry_run to do it."
        return Answer(partial(_fit, self.entry.name, rows, {}, (note, *self.notes)))


def _row(target: Target, status: str, **more: Any) -> dict[str, "Json"]:
    name: dict[str, Json] = {"name": target.name} if target.name else {}
    return {"id": target.id, **name, "status": status, **more}


def _fit(tool: str, rows: "Sequence[Json]", more: "Mapping[str, Json]", notes: tuple[str, ...], room: int) -> Fitted:
    """The results, as many as there is room for: what needs a look first, where not all fit."""
    counts: dict[str, Json] = {}
    for status in ("done", "pending", "failed", "not_begun"):
        if count := sum(1 for row in rows if isinstance(row, dict) and row["status"] == status):
            counts[status] = count
    data: dict[str, Json] = {"tool": tool, "targets": len(rows), **counts}
    moved = more.get("moved")
    if isinstance(moved, list):
        data |= {"moved": fit_items(moved, room // 3).items}
    free = max(room - size(data) - _ENVELOPE, 0)
    kept = fit_items(rows, free, sanitize_and_encode)
    if len(kept.items) < len(rows):
        ordered = sorted(rows, key=lambda row: _ORDER.index(str(row["status"])) if isinstance(row, dict) else 0)
        kept = fit_items(ordered, free, sanitize_and_encode)
        left = len(rows) - len(kept.items)
        notes = (f"{left:,} results do not fit an answer; what failed or was not begun is shown first.", *notes)
    if counts.get("failed"):
        notes = (f"{counts['failed']} of {len(rows)} failed: `results` says why.", *notes)
    data["results"] = kept.items
    return Fitted(data, notes, finished={"results": array_of(kept.encoded)})

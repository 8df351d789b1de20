"""Completions for arguments of prompts and of resource addresses: names from XO that the client may see."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import anyio
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from xo_mcp.definitions import load_records
from xo_mcp.errors import CallError, ConfigError
from xo_mcp.logs import REDACTOR, get_logger
from xo_mcp.objects.kinds import kinds
from xo_mcp.parsing import objects_in
from xo_mcp.safety.policy import Offer
from xo_mcp.server.app import App
from xo_mcp.server.merging import QUERY
from xo_mcp.server.prompts import KINDS, RECIPES, TAG
from xo_mcp.server.resources import FIELDS, TEMPLATE
from xo_mcp.text import as_sent, neutral_text
from xo_mcp.types import Call

MOST: Final = 100
"""Values of an answer; the protocol allows no more."""
FRESH: Final = 15.0
"""Seconds for which the names of a kind are kept, so that a person who types asks XO once."""
PATIENCE: Final = 3.0
"""Seconds XO may take; a person who types does not wait longer."""
TAGGED: Final = "vms"
"""The kind whose tags prompts take."""
Reference = PromptReference | ResourceTemplateReference
log = get_logger("completions")


@dataclass(frozen=True)
class CompletionRequest:
    """One question for values.

    Attributes:
        reference: The prompt, or the template of addresses.
        name: Of the argument.
        typed: What was typed of it so far.
        others: Arguments that are known already.
    """

    reference: Reference
    name: str
    typed: str
    others: Mapping[str, str]

    @classmethod
    def of(
        cls, reference: Reference, argument: CompletionArgument, context: CompletionContext | None
    ) -> "CompletionRequest":
        """As the protocol has it."""
        others = (context.arguments if context else None) or {}
        return cls(reference, argument.name, argument.value, others)


class Completer:
    """Completes arguments for one client at one XO; what it keeps is of that client's own session.

    Args:
        offer: What is offered to it: what no tool of its shows is not named here.
        app: Holds its session.
        collections: Those whose objects it may read by address.
        clock: Seconds, monotonic.
    """

    def __init__(
        self, offer: Offer, app: App, collections: Collection[str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._can_query = any(entry.name == QUERY for entry in offer.entries)
        self._app = app
        self._collections = frozenset(collections)
        self._clock = clock
        self._kept: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._turn = anyio.Lock()

    async def values(self, wanted: CompletionRequest) -> list[str]:
        """Every value that fits what was typed, the best first; none where XO does not say in time.

        Raises:
            MCPError: There is no such prompt or template.
        """
        collection = self._collection(wanted)
        if collection is None:
            return fitting(sorted(load_records()), wanted.typed) if _is_record(wanted) else []
        if collection.partition(" ")[0] not in self._collections and not self._can_query:
            return []
        try:
            with anyio.fail_after(PATIENCE):
                return fitting(await self._names(collection), wanted.typed)
        except (CallError, ConfigError, TimeoutError) as error:
            log.info("no values for %s: %s", wanted.name, REDACTOR.redact(str(error)) or "XO took too long")
            return []

    def _collection(self, wanted: CompletionRequest) -> str | None:
        """Whose names are wanted: those of a collection, or with ` tags` behind it, their tags."""
        if isinstance(wanted.reference, PromptReference):
            recipe = RECIPES.get(wanted.reference.name)
            if recipe is None:
                raise MCPError(INVALID_PARAMS, f"Unknown prompt: {as_sent(wanted.reference.name, MOST)}")
            if wanted.name not in recipe.arguments:
                return None
            return f"{TAGGED} tags" if wanted.name == TAG else KINDS.get(wanted.name)
        found = TEMPLATE.fullmatch(wanted.reference.uri)
        if found and found[1] in self._collections:
            return found[1] if wanted.name == "id" else None
        if wanted.reference.uri == f"{FIELDS}/{{record}}":
            return None
        raise MCPError(INVALID_PARAMS, f"Unknown resource template: {as_sent(wanted.reference.uri, MOST)}")

    async def _names(self, collection: str) -> Sequence[str]:
        # One at a time: the second who asks finds what the first one brought.
        async with self._turn:
            known = self._kept.get(collection)
            if known is None or self._clock() - known[0] > FRESH:
                known = self._clock(), await self._found(*collection.split())
                self._kept[collection] = known
            return known[1]

    async def _found(self, collection: str, what: str = "") -> tuple[str, ...]:
        session = await self._app.session()
        kind = kinds().get(collection)
        label = kind.label if kind else ""
        fields = what or ",".join(["id", *([label] if label else [])])
        reply = await session.client.request(Call("GET", f"/{collection}", query={"fields": fields}))
        records = objects_in(reply.data)
        if what:
            held = (tags for each in records if isinstance(tags := each.get(what), list))
            return tuple(sorted({tag for tags in held for tag in tags if isinstance(tag, str) and _can_be_typed(tag)}))
        return tuple(_suggestions(records, label))


def _suggestions(records: Iterable[Mapping[str, object]], label: str) -> list[str]:
    """The name of each object, and the id of those that have none of their own."""
    ids: dict[str | None, list[str]] = {}
    for record in records:
        name = record.get(label) if label else None
        ids.setdefault(name if isinstance(name, str) else None, []).append(str(record.get("id")))
    names = {name for name, held in ids.items() if len(held) == 1 and name is not None and _can_be_typed(name)}
    unnamed = [each for name, held in ids.items() if name not in names for each in held]
    return [*sorted(names, key=str.casefold), *sorted(unnamed)]


def _can_be_typed(text: str) -> bool:
    """Whether a text means itself wherever it is shown, and nothing else."""
    return bool(text.strip()) and neutral_text(text) == text and text.isprintable()


def _is_record(wanted: CompletionRequest) -> bool:
    return isinstance(wanted.reference, ResourceTemplateReference) and wanted.name == "record"


def fitting(values: Iterable[str], typed: str) -> list[str]:
    """Those that begin with what was typed, then those that hold it; small and capital letters are one."""
    wanted = typed.casefold()
    holding = [value for value in values if wanted in value.casefold()]
    return sorted(holding, key=lambda value: not value.casefold().startswith(wanted))


def completion(values: Sequence[str]) -> Completion:
    """As the protocol has it."""
    return Completion(values=list(values[:MOST]), total=len(values), has_more=len(values) > MOST)

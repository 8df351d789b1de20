"""The search surface: a few tools that find, describe and call all the others, under the same rules.

For clients that can hold only so many tools. What can't be found here is not offered, and validation, confirmation and
the audit log are the same as for a tool called directly.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from xo_mcp.answer import Answer
from xo_mcp.bounds import LINE, QUERY, TEXT, require_bounded
from xo_mcp.config.config import Config
from xo_mcp.definitions import Entry
from xo_mcp.encoding import encode
from xo_mcp.errors import ArgumentError
from xo_mcp.nearest import suggestion
from xo_mcp.parsing import object_in
from xo_mcp.reads.budget import fit_items, room_for, some_names
from xo_mcp.safety.policy import Offer
from xo_mcp.safety.validation import Validator
from xo_mcp.search.ranking import Ranking
from xo_mcp.search.suggesting import suggested_tools
from xo_mcp.search.wishes import unserved
from xo_mcp.server.presentation import Presented
from xo_mcp.server.requests import Carrier, Request, Result
from xo_mcp.server.results import to_error, to_result
from xo_mcp.server.surface import CALL_READ, CALL_WRITE, DESCRIBE, READING, SEARCH, WRITING, definition, definitions
from xo_mcp.text import as_sent

FOUND: Final = 5
_LONGEST_NAME: Final = 60
_ENVELOPE: Final = 20  # bytes around the tools


@dataclass(frozen=True)
class Search:
    """The search surface over an offer.

    Attributes:
        offer: What can be found and called.
        hidden: The other tools by name, which are distinguished from what never was.
        config: The operator's decisions.
        caller: Carries calls out.
    """

    offer: Offer
    hidden: Mapping[str, Entry]
    config: Config
    caller: Carrier
    _table: dict[str, Entry] = field(default_factory=dict, init=False)
    _index: list[Ranking] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._table.update({entry.name: entry for entry in self.offer.entries})
        self._table.update({alias: entry for entry in self.offer.entries for alias in entry.facts.aliases})

    def knows(self, name: str) -> bool:
        """Whether this is one of the search surface's own tools."""
        return any(shown["name"] == name for shown in definitions(self.offer, self.config))

    async def call(self, name: str, arguments: Mapping[str, Any], context: Any) -> Result:
        """Call one of the search surface's own tools by name."""
        if name in self._table:
            return await self.caller.call(Request(self._table[name], arguments, context, name))
        try:
            shown = next(tool for tool in [*READING, WRITING] if tool["name"] == name)
            checked = Validator(name, shown["inputSchema"], TEXT if name == CALL_WRITE else LINE).check(arguments)
            if name == SEARCH:
                require_bounded(name, {"query": checked["query"]}, QUERY)
                return to_result(self._present(self._find(checked)), context.protocol_version)
            if name == DESCRIBE:
                described = self._describe(checked["names"], checked.get("arguments"))
                return to_result(self._present(described), context.protocol_version)
            entry = self._entry(checked["name"], writes=name == CALL_WRITE)
        except ArgumentError as error:
            await self._note(name, arguments, context, str(error))
            return to_error(str(error))
        return await self.caller.call(Request(entry, checked.get("arguments", {}), context, checked["name"]))

    async def _note(self, name: str, arguments: Mapping[str, Any], context: Any, reason: str) -> None:
        """Record that somebody tried to change something; that the call was no call of the tool makes no difference."""
        wanted, given = str(arguments.get("name")), arguments.get("arguments")
        entry = self._table.get(wanted) or self.hidden.get(wanted)
        if entry is not None and name in {CALL_READ, CALL_WRITE}:
            shown = given if isinstance(given, Mapping) else {}
            await self.caller.trail(entry, shown, context).end("refused", reason=reason)

    def _present(self, answer: Answer) -> Presented:
        """Our own words, cut to measure already, need nothing of what XO's do."""
        data = object_in(answer.data)
        return Presented(data, answer.notes, encode(data))

    def _find(self, checked: Mapping[str, Any]) -> Answer:
        wish = unserved(checked["query"], (*self.offer.entries, *self.hidden.values()))
        if wish is not None:
            return Answer({"tools": []}, notes=(wish,))
        if not self._index:
            self._index.append(Ranking(self.offer.entries))
            every = {entry.name: entry for entry in (*self.offer.entries, *self.hidden.values())}
            self._index.append(Ranking(list(every.values())))
        found = self._index[0].find(checked["query"], checked.get("limit", FOUND))
        held = self._held_back(checked["query"])
        why = (f"The nearest is {held.name}, which is not offered: {self.offer.hidden[held.name]}.",) if held else ()
        if not found and not why:
            note = "Nothing fits. Try other words, or the name of the object: VM, host, SR, backup."
            return Answer({"tools": []}, notes=(note,))
        answer = self._fitting(
            [_summary(entry) for entry in found], "search with other words, or describe them by name"
        )
        unknown = self._index[1].unknown(checked["query"])[:3]
        strange = ", ".join(f"`{as_sent(word, _LONGEST_NAME)}`" for word in unknown)
        doubt = (f"No tool's words have {strange}: these may not do it.",) if strange and not why else ()
        return replace(answer, notes=(*why, *doubt, *answer.notes))

    def _held_back(self, query: str) -> Entry | None:
        """A tool that is not offered and fits a query better than all that are, or all but one that only looks."""
        best = self._index[1].find(query, 2)
        return next((entry for entry in best if entry.name in self.offer.hidden), None)

    def _describe(self, names: list[str], wanted: list[str] | None = None) -> Answer:
        # Who asks twice for one tool, by an old name, reads it once.
        entries = {entry.name: entry for entry in map(self._known, names)}
        shown = [definition(entry, self.config) for entry in entries.values()]
        kept = ("name", "description", "inputSchema")
        tools = [_only({key: tool[key] for key in kept}, wanted) for tool in shown]
        return self._fitting(tools, "describe them in another call")

    def _fitting(self, tools: list[dict[str, Any]], instead: str) -> Answer:
        """As many tools as fit an answer, whole; the others by name.

        Args:
            tools: The first ones matter most.
            instead: What to do about those that are left out.
        """
        budget = self.config.output_budget
        cut = fit_items(tools, room_for(budget) - _ENVELOPE)
        left = [str(tool["name"]) for tool in tools[len(cut.items) :]]
        notes = []
        if cut.shortened:
            notes.append(
                f"What there is to say of {tools[0]['name']} is more than an answer may hold ({budget:,} bytes) and was"
                " shortened; only the server's operator can allow more (--output-budget)."
            )
        if left:
            notes.append(
                f"Left out, for an answer of at most {budget:,} bytes: {some_names(left)}. To see more, {instead}."
            )
        return Answer({"tools": cut.items}, notes=tuple(notes))

    def _entry(self, name: str, *, writes: bool) -> Entry:
        entry = self._known(name)
        if (entry.facts.effect != "read") != writes:
            other = CALL_READ if writes else CALL_WRITE
            raise ArgumentError(f"{name} {'only reads' if writes else 'changes something'}: call it with {other}.")
        return entry

    def _known(self, name: str) -> Entry:
        if name not in self._table:
            why = self.offer.hidden.get(name)
            hidden = tuple(self.hidden.values())
            wish = None if why else unserved(name[:_LONGEST_NAME], (*self.offer.entries, *hidden))
            if wish:
                raise ArgumentError(f"There is no tool {as_sent(name, _LONGEST_NAME)!r}. {wish}")
            near = suggested_tools(name, self.offer.entries, hidden, self.offer.hidden)
            hint = f": {why}" if why else near or f"; find it with {SEARCH}"
            raise ArgumentError(f"There is no tool {name[:60]!r}{hint.removesuffix('.')}.".replace("?.", "?"))
        return self._table[name]


def _only(tool: dict[str, Any], wanted: list[str] | None) -> dict[str, Any]:
    """A definition with the schemas of some arguments only; the others are named.

    Raises:
        ArgumentError: It has no argument of that name.
    """
    if not wanted:
        return tool
    schema = tool["inputSchema"]
    properties: dict[str, Any] = schema.get("properties", {})
    kept = {name: properties[name] for name in wanted if name in properties}
    if not kept:
        near = suggestion(wanted[0], properties, count=1)
        raise ArgumentError(f"{tool['name']} has no argument {as_sent(wanted[0], _LONGEST_NAME)!r}{near or '.'}")
    others = [name for name in properties if name not in kept]
    return {**tool, "inputSchema": {**schema, "properties": kept}, "other_arguments": others}


def _summary(entry: Entry) -> dict[str, Any]:
    """What a model needs to choose, and often to call."""
    properties = entry.schema.get("properties", {})
    required = entry.schema.get("required", [])
    return {
        "name": entry.name,
        "does": entry.definition.get("description", entry.title),
        "needs": list(required),
        "takes": [name for name in properties if name not in required],
        "call_with": CALL_READ if entry.facts.effect == "read" else CALL_WRITE,
    }

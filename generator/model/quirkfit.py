"""Checks the quirks of operations against the API: the routes, properties, arguments and tools that they name."""

import re
from collections.abc import Iterable, Mapping

from generator.errors import OverrideError
from generator.model.kinds import READS
from generator.model.outlived import KnownFields
from generator.model.overrides import nearest
from generator.model.quirks import PLACEHOLDER, EffectCheck, Quirks, RefuseLinked
from generator.model.records import MORE, Details, Fields, has_property, names_beside
from generator.model.tool import Tool

FILTERED = re.compile(r"([$\w]+)[:?]")
"""The properties a filter asks for."""
ONLY_ID = re.compile(r"^(/[\w-]+)/\{\w+\}$")
_LISTS = frozenset({"list", "list_tasks"})


class QuirkFit:
    """What quirks may name.

    Args:
        tools: All of them.
        tables: The documented fields of every record.
        details: What else is known of them.
        known: The routes and fields of other releases.
    """

    def __init__(
        self, tools: Iterable[Tool], tables: Mapping[str, Fields], details: Mapping[str, Details], known: KnownFields
    ) -> None:
        self._tools = list(tools)
        self._tables = tables
        self._details = details
        self._known = known
        self._history = known.history
        self._keys = {tool.key for tool in self._tools}
        self._names = {str(tool.name) for tool in self._tools}
        self._lists = {tool.key.partition(" ")[2]: tool for tool in self._tools if tool.kind.facade in _LISTS}
        self._reads = {tool.key.partition(" ")[2]: tool for tool in self._tools if _reads(tool)}

    def require(self, quirks: Mapping[str, Quirks]) -> None:
        """Refuse quirks that fit nothing.

        Args:
            quirks: By `METHOD /path`; of operations that are not a tool here, nothing is held.

        Raises:
            OverrideError: Names what does not fit, and the nearest.
        """
        for tool in self._tools:
            if tool.key in quirks:
                self._require_kind(tool, quirks[tool.key])
                self._require_prepare(tool, quirks[tool.key])
                self._require_check(tool, quirks[tool.key])
                self._require_expected(tool, quirks[tool.key])
                self._require_made(tool, quirks[tool.key])
                self._require_shown(tool, quirks[tool.key])
                self._require_remarks(tool, quirks[tool.key])

    def _require_kind(self, tool: Tool, quirks: Quirks) -> None:
        changes = tool.kind.name not in READS
        for key, wanted, fits in (
            ("effect_check", "what changes something", changes),
            ("expects", "uploads", tool.kind.name == "upload"),
            ("made", "actions and uploads", tool.kind.name in {"action", "upload"} and bool(tool.creates)),
            ("afterwards", "what says what it made (`made`)", quirks.made is not None),
            ("left_out", "lists", tool.kind.facade in _LISTS),
            ("selects", "lists and objects", bool(tool.record)),
            ("shows_in", "changes of an object that has a GET", changes and tool.reads is not None),
            ("listed_in", "what makes something", tool.kind.name == "write"),
            ("hint_after", "what changes something", changes),
            ("answers_secret", "what changes something", changes),
            ("secret_ids", "lists and objects", bool(tool.record)),
            ("undocumented_fields", "lists and objects", bool(tool.record)),
        ):
            if getattr(quirks, key) and not fits:
                raise OverrideError(f"`{key}` is for {wanted}, and this is {tool.kind.name}", place=tool.key)

    def _require_prepare(self, tool: Tool, quirks: Quirks) -> None:
        prepare = quirks.prepare
        if prepare is None:
            return
        arguments = {entry.sent_as for entry in tool.arguments}
        if uuid := prepare.send_uuid:
            _require(uuid.argument, arguments, "argument", tool.key)
            _require(uuid.listed_by, self._names, "tool", tool.key)
            self._require_property("uuid", uuid.read, tool.key)
        for escaped in prepare.refuse_escaped:
            _require(escaped.argument, arguments, "argument", tool.key)
        if linked := prepare.refuse_linked:
            self._require_links(linked, tool.key)
        if refused := prepare.refuse_when:
            for name in (refused.when, *PLACEHOLDER.findall(refused.text)):
                self._require_property(name, refused.read, tool.key)
        query = {entry.sent_as for entry in tool.arguments if entry.sent_in == "query"}
        for name in prepare.default_query:
            if not self._history.knows_argument(tool.key, name):
                _require(name, query, "query parameter", tool.key)

    def _require_shown(self, tool: Tool, quirks: Quirks) -> None:
        if quirks.listed_in:
            self._require_list("listed_in", quirks.listed_in, tool.key)
        arguments = {entry.sent_as for entry in tool.arguments}
        for name, path in quirks.shows_in.items():
            if not self._history.knows_argument(tool.key, name):
                _require(name, arguments, "argument", tool.key, "shows_in")
            if tool.reads is not None:
                self._require_property(path, tool.reads, tool.key, "shows_in")

    def _require_made(self, tool: Tool, quirks: Quirks) -> None:
        for rule in quirks.afterwards.values():
            if rule.operation not in self._history.operations and rule.operation not in self._keys:
                raise OverrideError(
                    f"`afterwards` calls {rule.operation}, which is not an operation",
                    place=tool.key,
                    hint=nearest(rule.operation, self._keys),
                )
        if quirks.made is None:
            return
        arguments = {entry.sent_as for entry in tool.arguments}
        for path in quirks.made.show.values():
            self._require_property(path, quirks.made.read, tool.key, "made")
        for name, shown in quirks.made.compare.items():
            _require(name, arguments, "argument", tool.key, "made")
            _require(shown, set(quirks.made.show), "`show`", tool.key, "made")
        for part in quirks.made.parts.values():
            links = self._require_list("made", part.list_, tool.key)
            for name in filter(None, (part.by, part.of, part.unless)):
                self._require_field("made", name, links, tool.key)
            end = self._require_list("made", part.read, tool.key) if part.read else links
            for name in (part.named, *part.match.values()):
                self._require_field("made", name, end, tool.key)
            if part.argument:
                _require(part.argument, arguments, "argument", tool.key, "made")

    def _require_links(self, linked: RefuseLinked, place: str) -> None:
        self._require_property(linked.links, linked.read, place)
        self._require_property(linked.when, linked.linked, place)
        self._require_property(linked.user, linked.linked, place)
        for name in ("id", *linked.busy):
            self._require_property(name, linked.user_read, place)
        for name in PLACEHOLDER.findall(linked.text):
            _require(name, {"user", "link"}, "placeholder", place)

    def _require_expected(self, tool: Tool, quirks: Quirks) -> None:
        known = {entry.sent_as for entry in tool.arguments} | {name for name, _ in tool.fixed}
        for case in quirks.expects:
            for name in case.when:
                _require(name, known, "argument", tool.key, "expects")

    def _require_check(self, tool: Tool, quirks: Quirks) -> None:
        check = quirks.effect_check
        if check is None:
            return
        given = {entry.sent_as for entry in tool.arguments}
        for name in (*PLACEHOLDER.findall(f"{check.read} {check.filter}"), *filter(None, [_argument_of(check)])):
            _require(name, given, "argument", tool.key, "effect_check")
        if check.property:
            self._require_property(check.property[0], _by_id(check.read), tool.key, "effect_check")
            return
        record = self._require_list("effect_check", check.read, tool.key)
        for name in FILTERED.findall(PLACEHOLDER.sub("", check.filter or "")):
            self._require_field("effect_check", name, record, tool.key)

    def _require_remarks(self, tool: Tool, quirks: Quirks) -> None:
        if left := quirks.left_out:
            owner = self._require_list("left_out", left.owners, tool.key)
            for name in left.when:
                self._require_field("left_out", name, owner, tool.key)
            named = {entry.sent_as for entry in tool.arguments if entry.sent_in in ("query", "path")}
            if not self._history.knows_argument(tool.key, left.argument):
                _require(left.argument, named, "parameter", tool.key, "left_out")
        if selects := quirks.selects:
            self._require_list("selects", selects.among, tool.key)
            self._require_field("selects", selects.property, tool, tool.key)

    def _require_list(self, key: str, route: str, place: str) -> Tool | None:
        if route not in self._lists and f"GET {route}" not in self._history.operations:
            raise OverrideError(
                f"`{key}` reads {route}, which is not a list", place=place, hint=nearest(route, set(self._lists))
            )
        return self._lists.get(route)

    def _require_field(self, key: str, name: str, tool: Tool | None, place: str) -> None:
        table = self._tables.get(tool.record, {}) if tool else {}
        if tool is None or not table or MORE in table or name in table:
            return
        if not self._known.knows(tool.key, name, key=place, decision=key):
            _require(name, set(table), f"property of {tool.record}", place, key)

    def _require_property(self, path: str, route: str, place: str, key: str = "prepare") -> None:
        tool = self._reads.get(route)
        if tool is None:
            if f"GET {route}" not in self._history.operations:
                raise OverrideError(
                    f"`{key}` reads {route}, which is not a GET of one object",
                    place=place,
                    hint=nearest(route, set(self._reads)),
                )
            return
        table, details = self._tables.get(tool.record, {}), self._details.get(tool.record, {})
        if not table or has_property(path, table, details):
            return
        if not self._known.knows(f"GET {route}", path, key=place, decision=key):
            _require(path, set(names_beside(path, table, details)), f"property of {tool.record}", place, key)


def _argument_of(check: EffectCheck) -> str | None:
    return check.becomes.argument if check.becomes else None


def _by_id(route: str) -> str:
    """The GET of an object, whatever the tool calls its id: `/vms/{vm}` is `/vms/{id}`."""
    return ONLY_ID.sub(r"\1/{id}", route)


def _reads(tool: Tool) -> bool:
    return tool.operation is not None and tool.operation.method == "GET" and tool.kind.name in {"get", "get_task"}


def _require(name: str, known: set[str], what: str, place: str, key: str = "prepare") -> None:
    if name not in known:
        raise OverrideError(f"`{key}`: there is no {what} {name!r}", place=place, hint=nearest(name, known))

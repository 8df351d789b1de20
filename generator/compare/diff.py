"""Compares two releases: their API for maintainers, their tools for users."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from generator.api.contract import ROOT, Contract, contracts
from generator.compare import verdict
from generator.compare.changes import Finding, compare, plain
from generator.compare.combinations import combined
from generator.compare.judgement import argument_in, is_split_by, judge
from generator.compare.renames import moves
from generator.compare.sides import Side
from generator.compare.verdict import Level
from generator.compare.wording import api_text, shown, tool_text
from generator.library import Location
from generator.model.tool import Tool, argument_of

STATUS = "response-status-"
"""How findings about other statuses begin."""
_ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]*://[^/]*", re.IGNORECASE)
_DUTIES: dict[bool, tuple[str, Level]] = {
    True: ("argument-required", "breaking"),
    False: ("argument-optional", "additive"),
}


@dataclass(frozen=True)
class Change:
    """One change.

    Attributes:
        kind: `operation-added`, `body-removed`, `response-values-added`, ... as in `changes.Finding`.
        level: What it means for a tool's user.
        operation: `METHOD /path` in the new release, or in the old one when it was removed; empty: every one.
        location: Where in the operation, if somewhere.
        tools: The tools it is about, by their new names, or the old ones when they were removed.
        api: The change in the words of the API.
        text: The change in the words of a tool's user; empty when they can't notice it.
    """

    kind: str
    level: Level
    operation: str
    location: Location = ROOT
    old: Any = None
    new: Any = None
    tools: tuple[str, ...] = ()
    api: str = ""
    text: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As JSON data; what is empty is left out."""
        data = {**vars(self), "old": plain(self.old), "new": plain(self.new), "tools": list(self.tools)}
        return {name: value for name, value in data.items() if value not in ("", None, [])}


@dataclass(frozen=True)
class Diff:
    """Everything that differs between two releases.

    Attributes:
        moved: Old `METHOD /path`, or `CALL method`, to the new one.
    """

    old: Side
    new: Side
    changes: tuple[Change, ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)

    @property
    def level(self) -> Level | None:
        """The gravest change; nothing when there is none."""
        return verdict.worst([change.level for change in self.changes])

    def of(self, level: Level) -> list[Change]:
        """The changes of one level."""
        return [change for change in self.changes if change.level == level]

    def as_dict(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "old": self.old.as_dict(),
            "new": self.new.as_dict(),
            "level": self.level or "none",
            "counts": dict(self.counts),
            "changes": [change.as_dict() for change in self.changes],
        }


def diff(old: Side, new: Side) -> Diff:
    """Compare two releases.

    Raises:
        SpecError: A schema expands beyond any size.
    """
    old, new = old.beside(new), new.beside(old)
    methods = _has_other_methods(old, new)
    one, other = contracts(old.whole(methods=methods)), contracts(new.whole(methods=methods))
    comparison = _Comparison(old, new, one, other)
    changes = sorted(
        [*_servers(old, new), *comparison.changes()],
        key=lambda change: (
            -verdict.LEVELS.index(change.level),
            not change.kind.startswith("operation-"),
            change.operation,
            change.kind,
            change.location,
        ),
    )
    return Diff(old, new, tuple(changes), _counts(one, other, changes), comparison.moved)


def _servers(old: Side, new: Side) -> Iterator[Change]:
    """Other base URLs: the operator gives the address, and the path that routes are below is fixed."""
    if old.base_urls == new.base_urls or not (old.document["paths"] and new.document["paths"]):
        return
    before, after = ([_base_path(url) for url in side.base_urls] or ["/"] for side in (old, new))
    finding = Finding("servers", old=old.base_urls, new=new.base_urls)
    level: Level = "breaking" if set(before) - set(after) else "internal"
    text = (
        f"calls go below {shown(before)}, and XO's routes are below {shown(after)} now" if level == "breaking" else ""
    )
    api = api_text("servers", finding)
    yield Change("servers", level, "", old=finding.old, new=finding.new, api=api, text=text)


def _base_path(url: str) -> str:
    return _ADDRESS.sub("", url).rstrip("/") or "/"


def _has_other_methods(old: Side, new: Side) -> bool:
    """Whether methods are known of both, and not those of a neighbouring release."""
    return old.methods is not None and new.methods is not None and old.methods.release != new.methods.release


class _Comparison:
    """The two releases, their tools, and which operation became which."""

    def __init__(self, old: Side, new: Side, one: Mapping[str, Contract], other: Mapping[str, Contract]) -> None:
        self._old, self._new = old, new
        self._one, self._other = one, other
        self.moved = moves(one, other)

    def changes(self) -> Iterator[Change]:
        arrived = set(self.moved.values())
        for key in sorted(self._other.keys() - self._one.keys() - arrived):
            yield self._added(key)
        for key in sorted(self._one.keys() - self._other.keys() - self.moved.keys()):
            yield self._removed(key)
        for key in sorted(self._one.keys()):
            target = self.moved.get(key, key)
            if target in self._other:
                yield from self._changed(key, target)

    def _added(self, key: str) -> Change:
        tools = self._new.tools(key)
        level: Level = "additive" if tools or not self._new.has_tools else "internal"
        why = self._new.reason(key) if level == "internal" else None
        return self._change("operation-added", level, key, tools, Finding("operation-added", new=why))

    def _removed(self, key: str) -> Change:
        tools = self._old.tools(key)
        level: Level = "breaking" if tools or not self._old.has_tools else "internal"
        if tools and self._goes_on(tools):
            level = "internal"
        return self._change("operation-removed", level, key, tools)

    def _goes_on(self, tools: Sequence[Tool]) -> bool:
        """Whether another operation serves the same tools now."""
        return bool(tools) and {str(tool.name) for tool in tools} <= self._new.names

    def _changed(self, key: str, target: str) -> Iterator[Change]:
        tools = self._new.tools(target) or self._old.tools(key)
        if key != target:
            yield self._change("operation-moved", "internal", target, tools, Finding("", old=key, new=target))
        yield from self._renamed(key, target)
        yield from self._lost(key, target)
        noticed = []
        for finding in compare(self._one[key], self._other[target]):
            level = self._judge(finding, key, target)
            yield self._change(finding.kind, level, target, tools, finding)
            if level != "internal":
                noticed.append((finding, level))
        yield from self._otherwise(key, target, noticed)

    def _otherwise(self, key: str, target: str, judged: Sequence[tuple[Finding, Level]]) -> Iterator[Change]:
        """What changed of tools though no finding says it: how a parameter is written may leave it out, for one."""
        noticed = [finding for finding, _ in judged]
        new = {str(tool.name): tool for tool in self._new.tools(target)}
        pairs = [(tool, new[str(tool.name)]) for tool in self._old.tools(key) if str(tool.name) in new]
        for before, after in pairs:
            if before.kind.name != after.kind.name and not any(finding.kind.startswith(STATUS) for finding in noticed):
                finding = Finding("", old=before.kind.name, new=after.kind.name)
                yield self._change("tool-kind", "breaking", target, [after], finding)
            reported = {argument_of(tool, finding.location) for tool in (before, after) for finding in noticed}
            reported |= {str(finding.old) for finding in noticed if finding.kind == "parameter-renamed"}
            reported |= {extra.name for tool in (before, after) for extra in tool.kind.extras}
            one, other = ({entry.name: entry for entry in tool.arguments} for tool in (before, after))
            for name in sorted(one.keys() - other.keys() - reported):
                yield self._change("argument-removed", "breaking", target, [after], Finding("", old=name))
            for name in sorted(other.keys() - one.keys() - reported):
                level: Level = "breaking" if other[name].required else "additive"
                yield self._change("argument-added", level, target, [after], Finding("", new=name))
            for name in sorted((one.keys() & other.keys()) - reported):
                if one[name].required != other[name].required:
                    kind, level = _DUTIES[other[name].required]
                    yield self._change(kind, level, target, [after], Finding("", new=name))
            yield from self._other_subjects(before, after, target, reported)
            sides = (before, self._one[key]), (after, self._other[target])
            for kind, level, finding in combined(*sides, reported):
                # A branch that was added or removed is reported by what it takes.
                if not kind.startswith("body") or level not in {other for _, other in judged}:
                    yield self._change(kind, level, target, [after], finding)

    def _other_subjects(self, before: Tool, after: Tool, target: str, reported: Collection[str]) -> Iterator[Change]:
        """Arguments that name objects of another kind now."""
        shared = {entry.name for entry in before.arguments} & {entry.name for entry in after.arguments}
        for where in sorted((before.subjects.keys() | after.subjects.keys()) - set(reported)):
            old, new = (list(tool.subjects.get(where, ())) for tool in (before, after))
            if old != new and Location(where).first in shared:
                level: Level = "breaking" if set(old) - set(new) else "additive"
                yield self._change("argument-kind", level, target, [after], Finding("", Location(where), old, new))

    def _renamed(self, key: str, target: str) -> Iterator[Change]:
        """Tools of the same operation that are called otherwise now."""
        old, new = self._old.tools(key), self._new.tools(target)
        before, after = {str(tool.name) for tool in old}, {str(tool.name) for tool in new}
        kept = {alias for tool in new for alias in tool.aliases}
        if not before or not after or before == after:
            return
        if removed := sorted(before - after):
            level: Level = "breaking" if set(removed) - kept else "additive"
            if after - before:  # a removed value of a split route is a change of its own
                names = Finding("", old=removed, new=sorted(after - before))
                yield self._change("tool-renamed", level, target, new, names)
            return
        for tool in new:
            if str(tool.name) not in before:
                yield self._change("tool-added", "additive", target, [tool], Finding("", new=str(tool.name)))

    def _lost(self, key: str, target: str) -> Iterator[Change]:
        """An operation whose tool went though it stayed; for one that XO deprecated, that finding says so."""
        old = self._old.tools(key)
        if not old or not self._new.has_tools or self._new.tools(target) or self._goes_on(old):
            return
        if self._one[key].deprecated == self._other[target].deprecated:
            yield self._change("tool-lost", "breaking", target, old, Finding("", new=self._new.reason(target)))

    def _judge(self, finding: Finding, key: str, target: str) -> Level:
        old, new = self._old.tools(key), self._new.tools(target)
        if finding.kind in ("deprecated", "undeprecated"):
            return verdict.judge_presence(was_there=bool(old), is_there=bool(new) or self._goes_on(old))
        as_api = not (self._old.has_tools and self._new.has_tools)
        return judge(finding, (old, self._one[key].statuses), (new, self._other[target].statuses), as_api=as_api)

    def _change(
        self, kind: str, level: Level, operation: str, tools: Sequence[Tool], finding: Finding | None = None
    ) -> Change:
        finding = finding or Finding(kind)
        origin = next((key for key, target in self.moved.items() if target == operation), operation)
        holders = [*tools, *self._old.tools(origin)]
        if kind.endswith("-removed"):
            holders.reverse()
        argument = next((name for tool in holders if (name := argument_in(tool, finding.location))), "")
        splits = is_split_by(finding.location, holders)
        for_users = self._undecided(finding, operation) if splits and kind == "parameter-values-added" else finding
        return Change(
            kind=kind,
            level=level,
            operation=operation,
            location=finding.location,
            old=finding.old,
            new=finding.new,
            tools=tuple(str(tool.name) for tool in tools),
            api=api_text(kind, finding),
            text=tool_text(kind, level, tools, argument, for_users, splits=splits) if for_users else "",
        )

    def _undecided(self, finding: Finding, operation: str) -> Finding | None:
        """New values of a route that is a tool for each, without those that are decided: they are reported as tools."""
        left = [value for value in finding.new if value in self._new.undecided(operation)]
        return replace(finding, new=left) if left else None


def _counts(old: Mapping[str, Contract], new: Mapping[str, Contract], changes: Sequence[Change]) -> dict[str, int]:
    """How many operations there are and how many changes of each level and kind; names sorted."""
    levels = Counter(change.level for change in changes)
    kinds = Counter(change.kind for change in changes)
    return {
        "operations_old": len(old),
        "operations_new": len(new),
        **{level: levels[level] for level in reversed(verdict.LEVELS)},
        **dict(sorted(kinds.items())),
    }

"""Which tool an operation becomes, before its arguments are worked out, and under which name."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from generator.api.operations import Operation
from generator.model.decisions import OperationOverride, ToolOverride
from generator.model.kinds import Kind
from generator.names.naming import LONGEST_WHOLE, last_resorts, propose_name

MOST_SPECIFIC = 4
"""Proposals that a tool may have after its first."""


@dataclass(frozen=True)
class Plan:
    """A tool to be: an operation, what we decided about it, the value a split fixed, and its name once it has one."""

    operation: Operation
    override: ToolOverride
    kind: Kind
    is_list: bool
    fixed: tuple[str, str] | None = None
    name: str = ""

    def proposals(self) -> Iterator[str]:
        """Names that facts suggest, each telling more: the path's end, all of it, what picks one, the operationId."""
        path = self.operation.path
        propose = partial(
            propose_name,
            self.operation.method,
            path,
            response_is_list=self.is_list,
            format=self.fixed[1] if self.fixed else None,
            uploads=self.kind.name == "upload",
        )
        yield propose()
        yield propose(full=True)
        yield from last_resorts(propose(full=True, longest=LONGEST_WHOLE), path, self.operation.operation_id or "")


def name_plans(plans: list[Plan]) -> list[Plan]:
    """Name every plan: as decided, else as proposed; proposals that coincide give way to longer ones."""
    more = [plan.proposals() if plan.override.name is None else iter(()) for plan in plans]
    names = [plan.override.name or next(proposals) for plan, proposals in zip(plans, more, strict=True)]
    for _ in range(MOST_SPECIFIC):
        taken = Counter(names)
        names = [
            next(proposals, name) if taken[name] > 1 else name for name, proposals in zip(names, more, strict=True)
        ]
    return [replace(plan, name=name) for plan, name in zip(plans, names, strict=True)]


def inherit(whole: OperationOverride, part: ToolOverride) -> ToolOverride:
    """What the operation says holds for each of its tools, unless the tool says its own."""
    own = {name: getattr(part, name) for name in part.model_fields_set}
    base = {name: getattr(whole, name) for name in whole.model_fields_set if name in ToolOverride.model_fields}
    merged = {**base, **own}
    merged["arguments"] = {**whole.arguments, **part.arguments}
    return ToolOverride.model_construct(**merged)

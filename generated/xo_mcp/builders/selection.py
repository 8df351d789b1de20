"""Selects the VMs of a backup job: by id or name, or by a pattern.

XO stores a pattern that selects nothing, or a VM that does not exist, without a word, and each run then fails or backs
up nothing (XO 6.7.1). It leaves out VMs tagged `xo:no-bak`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from xo_mcp.builders.arguments import list_argument
from xo_mcp.builders.collections import POOLS, VMS
from xo_mcp.builders.jobs import naming
from xo_mcp.errors import ArgumentError
from xo_mcp.nearest import suggestion
from xo_mcp.objects.finding import existing, name_of, objects_of, quoted
from xo_mcp.parsing import texts_in
from xo_mcp.reads.patterns import matches
from xo_mcp.rpc.calls import Work

LEFT_OUT: Final = "xo:no-bak"
BY_PATTERN: Final = ("tags", "exclude_tags", "pools", "all_running", "all_vms")
"""Arguments that select by what a VM is like, now and at each run."""


@dataclass(frozen=True)
class Selection:
    """VMs of a job.

    Attributes:
        pattern: As XO takes it.
        count: VMs it selects now.
        notes: What is to be said about it.
    """

    pattern: dict[str, Any]
    count: int
    notes: tuple[str, ...] = ()


async def select(work: Work, given: Mapping[str, Any]) -> Selection | None:
    """Make XO's pattern of the arguments; nothing when none of them is given.

    Raises:
        ArgumentError: They contradict each other, name what does not exist, or select no VM.
        CallError: XO could not be asked.
    """
    patterns = [name for name in BY_PATTERN if given.get(name)]
    if given.get("vms") is not None:
        if patterns:
            raise ArgumentError(f"Give either `vms` or {', '.join(f'`{name}`' for name in patterns)}, not both.")
        return await _chosen_vms(work, given["vms"])
    if not patterns:
        return None
    if patterns == ["exclude_tags"]:
        raise ArgumentError("`exclude_tags` alone selects nothing: add `tags`, `pools`, `all_running` or `all_vms`.")
    return await _fitting(work, given)


async def _chosen_vms(work: Work, ids: list[str]) -> Selection:
    chosen = await existing(work.client, VMS, ids, "tags")
    if not chosen:
        raise ArgumentError("`vms` names no VM: nothing would be backed up.")
    skipped = [record for record in chosen if LEFT_OUT in texts_in(record.get("tags"))]
    if len(skipped) == len(chosen):
        raise ArgumentError(f"All of these VMs have the tag {LEFT_OUT}, with which XO backs up none of them.")
    notes = [f"XO leaves out {name_of(VMS, record)}: it has the tag {LEFT_OUT}." for record in skipped]
    return Selection(naming(chosen), len(chosen) - len(skipped), tuple(notes))


async def _fitting(work: Work, given: Mapping[str, Any]) -> Selection:
    pools = [str(record["id"]) for record in await existing(work.client, POOLS, list_argument(given, "pools"))]
    tags, without = given.get("tags") or [], given.get("exclude_tags") or []
    pattern: dict[str, Any] = {"type": "VM"}
    if given.get("all_running"):
        pattern["power_state"] = "Running"
    if pools:
        pattern["$pool"] = pools[0] if len(pools) == 1 else {"__or": pools}
    if tags or without:
        pattern["tags"] = _tagged(tags, without)
    known = await objects_of(work.client, VMS, "tags", "power_state", "$pool")
    count = sum(LEFT_OUT not in texts_in(vm.get("tags")) and matches(pattern, {**vm, "type": "VM"}) for vm in known)
    if not count:
        in_use = {tag for record in known for tag in texts_in(record.get("tags"))}
        unknown = [tag for tag in tags if tag not in in_use]
        hint = "".join(f" No VM has the tag {quoted(tag)}{suggestion(tag, in_use) or '.'}" for tag in unknown)
        raise ArgumentError(f"No VM matches, so the job would back up nothing.{hint}")
    return Selection(
        pattern, count, (f"It selects {count} {'VM' if count == 1 else 'VMs'} now, and looks again at each run.",)
    )


def _tagged(tags: list[str], without: list[str]) -> dict[str, Any]:
    """XO's pattern of tags: each is in a list of its own."""
    wanted = {"__or": [[tag] for tag in tags]}
    unwanted = {"__not": {"__or": [[tag] for tag in without]}}
    return {"__and": [wanted, unwanted]} if tags and without else wanted if tags else unwanted

"""Plans a backup job's schedules and their settings: retention, full backups, health checks.

A schedule whose retention is missing or 0 runs, says `success` and keeps nothing; one without settings can't run at
all (XO 6.7.1). Retention is part of the job's settings, under the id of the schedule.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from xo_mcp.builders.arguments import id_argument
from xo_mcp.builders.collections import SRS
from xo_mcp.builders.crons import check_cron, check_timezone
from xo_mcp.builders.jobs import (
    BACKUP,
    MIRROR,
    POOLS_KEPT,
    REPOSITORY_KEPT,
    SNAPSHOTS_KEPT,
    SR_KEPT,
    XO_KEPT,
    ids_in,
    kept_settings,
    type_of,
)
from xo_mcp.errors import ArgumentError
from xo_mcp.objects.finding import Record, quoted
from xo_mcp.rpc.calls import Work

WHEN: Final = ("cron", "timezone", "enabled", "name")
"""What XO keeps in the schedule itself; the rest is settings of the job."""
KEPT: Final = ("retention", "copy_retention", "snapshot_retention")
CHECKED: Final = ("health_check_sr", "health_check_tags")
SETTINGS: Final = (*KEPT, "full_interval", *CHECKED)
_KEPT_ANYWHERE: Final = (REPOSITORY_KEPT, SR_KEPT, XO_KEPT, POOLS_KEPT, SNAPSHOTS_KEPT)


@dataclass(frozen=True)
class Plan:
    """One schedule to be made or changed.

    Attributes:
        when: Its own properties, by XO's names; only what is to change.
        settings: All its settings in the job.
        id: Of a schedule that exists.
        notes: What is to be said about it.
    """

    when: dict[str, Any]
    settings: dict[str, Any]
    id: str | None = None
    notes: tuple[str, ...] = field(default=())


def check_when(given: Mapping[str, Any]) -> None:
    """Refuse a cron or a timezone that would stop schedules.

    Raises:
        ArgumentError: Says what is wrong.
    """
    check_cron(given.get("cron"))
    check_timezone(given.get("timezone"))


async def plan_new(work: Work, job: Record, given: Mapping[str, Any]) -> Plan:
    """Plan a new schedule, enabled unless the arguments say otherwise.

    Args:
        work: The tool's.
        job: As it will be; its targets decide which retentions are needed.
        given: The arguments of one schedule.

    Raises:
        ArgumentError: The cron is missing or wrong, or nothing would be kept.
        CallError: XO could not be asked.
    """
    if given.get("cron") is None:
        raise ArgumentError("A new schedule needs a `cron`, such as `0 3 * * *` for 03:00 every day.")
    check_when(given)
    settings, notes = await merged_settings(work, job, given, {})
    when = {name: given[name] for name in WHEN if given.get(name) is not None}
    return Plan({"enabled": True, **when}, settings, notes=notes)


async def plan_change(work: Work, job: Record, schedule: Record, given: Mapping[str, Any], before: Record) -> Plan:
    """Plan the change of a schedule.

    Args:
        work: The tool's.
        job: As it will be.
        schedule: As it is.
        given: The arguments.
        before: The schedule's settings in the job.

    Raises:
        ArgumentError: The cron is wrong, or nothing would be kept.
        CallError: XO could not be asked.
    """
    check_when(given)
    settings, notes = await merged_settings(work, job, given, before, f"The schedule {quoted(label(schedule))}")
    return Plan({name: given[name] for name in WHEN if name in given}, settings, str(schedule["id"]), notes)


async def merged_settings(
    work: Work, job: Record, given: Mapping[str, Any], before: Record, who: str = "The schedule"
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A schedule's settings: those before, with the given arguments merged in.

    Raises:
        ArgumentError: Nothing would be kept, or the job can't have such a setting.
        CallError: XO could not be asked.
    """
    check_fitting(job, given)
    settings = dict(before)
    if given.get("retention") is not None:
        settings |= dict.fromkeys(kept_settings(job), given["retention"])
    if given.get("copy_retention") is not None:
        settings[SR_KEPT] = given["copy_retention"]
    if given.get("snapshot_retention") is not None:
        settings[SNAPSHOTS_KEPT] = given["snapshot_retention"]
    if given.get("full_interval") is not None:
        settings["fullInterval"] = given["full_interval"]
    if "health_check_sr" in given:
        await _health_check(work, given, settings)
    elif given.get("health_check_tags") is not None:
        if not settings.get("healthCheckSr"):
            raise ArgumentError("`health_check_tags` needs `health_check_sr`: where the backups are tried out.")
        settings["healthCheckVmsWithTags"] = given["health_check_tags"]
    return settings, (*_fewer(before, settings, who), *complete(job, settings, who))


def _fewer(before: Record, after: Record, who: str) -> tuple[str, ...]:
    """What the next run deletes, where less is kept than before."""
    lower = [name for name in _KEPT_ANYWHERE if _counts(before.get(name)) and _counts(after.get(name))]
    lowered = [f"{before[name]} to {after[name]}" for name in lower if after[name] < before[name]]
    if not lowered:
        return ()
    return (
        f"{who} keeps fewer, {' and '.join(dict.fromkeys(lowered))}: its next run deletes the oldest backups beyond.",
    )


def complete(job: Record, settings: dict[str, Any], who: str) -> tuple[str, ...]:
    """Add the retentions that the job's targets need and the settings lack; returns what was added, in words.

    Raises:
        ArgumentError: There is none to go by: the schedule would keep nothing.
    """
    needed = kept_settings(job)
    base = next((name for name in _KEPT_ANYWHERE if _counts(settings.get(name))), None)
    lacking = [name for name in needed if not _counts(settings.get(name))]
    if not lacking:
        return ()
    if base is None or (base == SNAPSHOTS_KEPT and SNAPSHOTS_KEPT not in needed):
        raise ArgumentError(
            f"{who} would keep nothing: give its `retention`, the number of backups to keep (at least 1)."
        )
    settings |= dict.fromkeys(lacking, settings[base])
    return (f"{who} keeps {settings[base]} of each there too ({', '.join(lacking)}).",)


def _counts(kept: Any) -> bool:
    return isinstance(kept, int | float) and kept >= 1


async def _health_check(work: Work, given: Mapping[str, Any], settings: dict[str, Any]) -> None:
    sr = given["health_check_sr"]
    if sr is None:
        settings.pop("healthCheckSr", None)
        settings.pop("healthCheckVmsWithTags", None)
        return
    settings["healthCheckSr"] = await id_argument(work, SRS, sr)
    settings["healthCheckVmsWithTags"] = given.get("health_check_tags") or []


def check_fitting(job: Record, given: Mapping[str, Any]) -> None:
    """Refuse settings that such a job can't have.

    Raises:
        ArgumentError: Names them.
    """
    kind = type_of(job)
    own = {BACKUP: SETTINGS, MIRROR: ("retention",)}.get(kind, ("retention",))
    strange = next((name for name in SETTINGS if given.get(name) is not None and name not in own), None)
    if strange is not None:
        raise ArgumentError(f"A {kind.noun} has no `{strange}`: leave it out.")
    if given.get("copy_retention") is not None and not ids_in(job.get("srs")):
        raise ArgumentError("`copy_retention` is for jobs with `srs`, to which VMs are replicated: leave it out.")
    if given.get("full_interval") is not None and job.get("mode") != "delta":
        raise ArgumentError("`full_interval` is for delta jobs: with mode full, each backup is a full one.")


def label(schedule: Record) -> str:
    """What a person calls a schedule."""
    return str(schedule.get("name") or schedule.get("cron") or schedule.get("id"))

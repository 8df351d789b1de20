"""Jobs that back VMs up to repositories, replicate them to SRs, or only take snapshots.

Source: xo-server 5.207.2. A job has `settings` for the whole of it and for each schedule, targets in `remotes` and
`srs`, and in `vms` ids or a pattern.
"""

from typing import Any, Final

from xo_mcp.answer import Answer
from xo_mcp.builders.arguments import id_or_none, list_argument
from xo_mcp.builders.collections import PROXIES, REPOSITORIES, SRS
from xo_mcp.builders.job_changes import change_job
from xo_mcp.builders.job_forms import created
from xo_mcp.builders.job_options import compression_of, whole_settings
from xo_mcp.builders.job_writing import job_answer
from xo_mcp.builders.jobs import BACKUP, WHOLE, naming, read_job, settings_of
from xo_mcp.builders.schedule_changes import plan_changes
from xo_mcp.builders.selection import BY_PATTERN, Selection, select
from xo_mcp.errors import ArgumentError
from xo_mcp.objects.finding import Record, existing, name_of
from xo_mcp.rpc.calls import Work

CREATE: Final = "backupNg.createJob"


async def run(work: Work) -> Answer:
    """Create or change a job.

    Raises:
        ArgumentError: The job would back up or keep nothing, or something it names does not exist.
        CallError: XO refused or did not answer.
    """
    return await (_create(work) if work.method == CREATE else _update(work))


async def _create(work: Work) -> Answer:
    given = work.arguments
    body: dict[str, Any] = {"name": given["name"], "mode": given["mode"]}
    body |= compression_of(given, str(given["mode"]))
    selection = await select(work, given)
    if selection is None:
        raise ArgumentError(f"Say which VMs: `vms`, or {', '.join(f'`{name}`' for name in BY_PATTERN)}.")
    body["vms"] = selection.pattern
    notes = [*selection.notes, *await _put_targets(work, body)]
    schedules = list_argument(given, "schedules")
    timezone = next((entry.get("timezone") for entry in schedules if entry.get("timezone")), None)
    return await created(work, BACKUP, body, whole_settings(given, {}, timezone), tuple(notes))


async def _update(work: Work) -> Answer:
    given = work.arguments
    job = await read_job(work, str(given["id"]), BACKUP)
    changes: dict[str, Any] = {name: given[name] for name in ("name", "mode") if given.get(name) is not None}
    after = {**job, **changes}
    changes |= compression_of(given, str(after.get("mode")))
    selection: Selection | None = await select(work, given)
    notes = [*(selection.notes if selection else ())]
    if selection:
        changes["vms"] = selection.pattern
    notes += await _put_targets(work, changes)
    after |= changes
    settings = settings_of(job)
    settings[WHOLE] = whole_settings(given, settings.get(WHOLE, {}))
    retargeted = bool({"remotes", "srs", "mode"} & changes.keys())
    schedules = await plan_changes(work, after, settings, given, all_of_them=retargeted)
    if settings[WHOLE] != settings_of(job).get(WHOLE, {}):
        changes["settings"] = settings
    if not (changes or schedules.plans or schedules.removed):
        raise ArgumentError("Nothing was changed: no property to change was given.")
    if changes or schedules.plans:
        changes["settings"] = settings
    said = await change_job(work, job, changes, schedules.plans, schedules.removed)
    return await job_answer(work, str(job["id"]), [*notes, *schedules.notes, *said])


async def _put_targets(work: Work, body: dict[str, Any]) -> list[str]:
    """Put repositories, SRs and proxy into a job; returns what is to be said about them."""
    given = work.arguments
    repositories: list[Record] = []
    if given.get("repositories") is not None:
        ids = list_argument(given, "repositories")
        repositories = await existing(work.client, REPOSITORIES, ids, "enabled", "proxy")
        body["remotes"] = naming(repositories)
    notes = [
        f"The repository {name_of(REPOSITORIES, repository)} is disabled: runs fail until it is enabled."
        for repository in repositories
        if repository.get("enabled") is False
    ]
    if given.get("srs") is not None:
        srs = await existing(work.client, SRS, list_argument(given, "srs"), "content_type")
        for sr in srs:
            if sr.get("content_type") == "iso":
                raise ArgumentError(f"{name_of(SRS, sr)} holds ISO images: VMs can't be replicated to it.")
        body["srs"] = naming(srs)
    if "proxy" in given:
        body["proxy"] = await id_or_none(work, PROXIES, given["proxy"])
    elif proxy := next((each["proxy"] for each in repositories if each.get("proxy")), None):
        # A repository behind a proxy is only reached through it.
        body["proxy"] = proxy
    return notes

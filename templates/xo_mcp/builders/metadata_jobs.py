"""Jobs that back up XO's own configuration and the databases of pools.

Source: xo-server 5.207.2. Retention is called otherwise here, one for each kind of content, and `createJob` answers the
whole job.
"""

from typing import Any, Final

from xo_mcp.answer import Answer
from xo_mcp.builders.job_writing import change_job, create_job, shown
from xo_mcp.builders.jobs import METADATA, WHOLE, ids_in, read_job, settings_of, targets
from xo_mcp.builders.named_objects import POOLS, PROXIES, REPOSITORIES, find_one, listed
from xo_mcp.builders.schedule_changes import plan_changes
from xo_mcp.builders.schedule_plans import plan_new
from xo_mcp.errors import ArgumentError
from xo_mcp.rpc.calls import Work

CREATE: Final = "metadataBackup.createJob"


async def run(work: Work) -> Answer:
    """Create or change a job.

    Raises:
        ArgumentError: The job would back up or keep nothing, or something it names does not exist.
        CallError: XO refused or did not answer.
    """
    return await (_create(work) if work.method == CREATE else _update(work))


async def _create(work: Work) -> Answer:
    given = work.arguments
    body: dict[str, Any] = {"name": given["name"], **await _contents(work)}
    _require_contents(body)
    job = {"type": METADATA.type, **body}
    plans = [await plan_new(work, job, entry) for entry in listed(given, "schedules")]
    job_id = await create_job(work, METADATA, body, _whole(given, {}), plans)
    return await shown(work, job_id, [note for plan in plans for note in plan.notes])


async def _update(work: Work) -> Answer:
    given = work.arguments
    job = await read_job(work, str(given["id"]), METADATA)
    changes = await _contents(work)
    if given.get("name") is not None:
        changes["name"] = given["name"]
    after = {**job, **changes}
    _require_contents(after)
    settings = settings_of(job)
    whole = _whole(given, settings.get(WHOLE, {}))
    retargeted = bool({"xoMetadata", "pools"} & changes.keys())
    schedules = await plan_changes(work, after, settings, given, all_of_them=retargeted)
    if whole != settings.get(WHOLE, {}) or retargeted:
        settings[WHOLE] = whole
        changes["settings"] = settings
    if not (changes or schedules.plans or schedules.removed):
        raise ArgumentError("Nothing was changed: no property to change was given.")
    await change_job(work, job, changes, schedules.plans, schedules.removed)
    return await shown(work, str(job["id"]), schedules.notes)


async def _contents(work: Work) -> dict[str, Any]:
    """What is backed up and where to, of the arguments that were given."""
    given, found = work.arguments, dict[str, Any]()
    if given.get("xo_config") is not None:
        found["xoMetadata"] = given["xo_config"]
    if given.get("pools") is not None:
        found["pools"] = await targets(work, POOLS, listed(given, "pools"))
    if given.get("repositories") is not None:
        found["remotes"] = await targets(work, REPOSITORIES, listed(given, "repositories"))
    if "proxy" in given:
        named = given["proxy"]
        found["proxy"] = None if named is None else (await find_one(work, PROXIES, str(named)))["id"]
    return found


def _require_contents(job: dict[str, Any]) -> None:
    if not job.get("xoMetadata") and not ids_in(job.get("pools")):
        raise ArgumentError("The job would back up nothing: give `xo_config` true, or `pools`.")
    if not ids_in(job.get("remotes")):
        raise ArgumentError("The job would keep nothing: give `repositories`.")


def _whole(given: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    return before if given.get("report_when") is None else {**before, "reportWhen": given["report_when"]}

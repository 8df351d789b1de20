"""Jobs that back up XO's own configuration and the databases of pools.

Source: xo-server 5.207.2. Retention is called otherwise here, one for each kind of content, and `createJob` answers the
whole job.
"""

from typing import Any, Final

from xo_mcp.answer import Answer
from xo_mcp.builders.arguments import id_or_none, list_argument
from xo_mcp.builders.collections import POOLS, PROXIES, REPOSITORIES
from xo_mcp.builders.job_forms import changed, created
from xo_mcp.builders.jobs import METADATA, WHOLE, ids_in, read_job, settings_of, targets
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
    return await created(work, METADATA, body, _whole(given, {}))


async def _update(work: Work) -> Answer:
    given = work.arguments
    job = await read_job(work, str(given["id"]), METADATA)
    changes = await _contents(work)
    if given.get("name") is not None:
        changes["name"] = given["name"]
    _require_contents({**job, **changes})
    whole = _whole(given, settings_of(job).get(WHOLE, {}))
    return await changed(work, job, changes, whole, retargeted=bool({"xoMetadata", "pools"} & changes.keys()))


async def _contents(work: Work) -> dict[str, Any]:
    """What is backed up and where to, of the arguments that were given."""
    given, found = work.arguments, dict[str, Any]()
    if given.get("xo_config") is not None:
        found["xoMetadata"] = given["xo_config"]
    if given.get("pools") is not None:
        found["pools"] = await targets(work, POOLS, list_argument(given, "pools"))
    if given.get("repositories") is not None:
        found["remotes"] = await targets(work, REPOSITORIES, list_argument(given, "repositories"))
    if "proxy" in given:
        found["proxy"] = await id_or_none(work, PROXIES, given["proxy"])
    return found


def _require_contents(job: dict[str, Any]) -> None:
    if not job.get("xoMetadata") and not ids_in(job.get("pools")):
        raise ArgumentError("The job would back up nothing: give `xo_config` true, or `pools`.")
    if not ids_in(job.get("remotes")):
        raise ArgumentError("The job would keep nothing: give `repositories`.")


def _whole(given: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    return before if given.get("report_when") is None else {**before, "reportWhen": given["report_when"]}

"""Jobs that copy backups from one repository to others.

Source: xo-server 5.207.2. An edit needs mode, source and targets again each time.
"""

from collections.abc import Mapping
from typing import Any, Final

from xo_mcp.answer import Answer
from xo_mcp.builders.arguments import id_argument, list_argument
from xo_mcp.builders.collections import PROXIES, REPOSITORIES, VMS
from xo_mcp.builders.job_forms import JobForm
from xo_mcp.builders.job_options import whole_settings
from xo_mcp.builders.jobs import MIRROR, ids_in, targets
from xo_mcp.errors import ArgumentError
from xo_mcp.objects.finding import existing
from xo_mcp.rpc.calls import Work

CREATE: Final = "mirrorBackup.createJob"


async def _contents(work: Work) -> dict[str, Any]:
    """What is copied from where to where, of the arguments that were given."""
    given, found = work.arguments, dict[str, Any]()
    if given.get("mode") is not None:
        found["mode"] = given["mode"]
    if given.get("source") is not None:
        found["sourceRemote"] = await id_argument(work, REPOSITORIES, given["source"])
    if given.get("repositories") is not None:
        found["remotes"] = await targets(work, REPOSITORIES, list_argument(given, "repositories"))
    if given.get("proxy") is not None:
        found["proxy"] = await id_argument(work, PROXIES, given["proxy"])
    if "vms" in given:
        chosen = [record["id"] for record in await existing(work.client, VMS, list_argument(given, "vms"))]
        found["filter"] = {"vm": {"uuid": {"__or": chosen}}} if chosen else None
    return found


def _require_way(job: Mapping[str, Any]) -> None:
    """Refuse a job that copies nothing, or to where it comes from."""
    into = ids_in(job.get("remotes"))
    if not into:
        raise ArgumentError("The job would copy nothing: give `repositories`, where to.")
    if job.get("sourceRemote") in into:
        raise ArgumentError("`repositories` has the `source` itself: a mirror copies to others.")


FORM: Final = JobForm(MIRROR, CREATE, _contents, _require_way, whole_settings)


async def run(work: Work) -> Answer:
    """Create or change a job.

    Raises:
        ArgumentError: The job would copy or keep nothing, or something it names does not exist.
        CallError: XO refused or did not answer.
    """
    return await FORM.fill_in(work)

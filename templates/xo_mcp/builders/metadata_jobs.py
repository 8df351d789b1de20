"""Jobs that back up XO's own configuration and the databases of pools.

Source: xo-server 5.207.2. Retention is called otherwise here, one for each kind of content, and `createJob` answers the
whole job.
"""

from collections.abc import Mapping
from typing import Any, Final

from xo_mcp.answer import Answer
from xo_mcp.builders.arguments import id_or_none, list_argument
from xo_mcp.builders.collections import POOLS, PROXIES, REPOSITORIES
from xo_mcp.builders.job_forms import JobForm
from xo_mcp.builders.jobs import METADATA, ids_in, targets
from xo_mcp.errors import ArgumentError
from xo_mcp.rpc.calls import Work

CREATE: Final = "metadataBackup.createJob"


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


def _require_contents(job: Mapping[str, Any]) -> None:
    if not job.get("xoMetadata") and not ids_in(job.get("pools")):
        raise ArgumentError("The job would back up nothing: give `xo_config` true, or `pools`.")
    if not ids_in(job.get("remotes")):
        raise ArgumentError("The job would keep nothing: give `repositories`.")


def _whole(given: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    return before if given.get("report_when") is None else {**before, "reportWhen": given["report_when"]}


FORM: Final = JobForm(METADATA, CREATE, _contents, _require_contents, _whole, frozenset({"xoMetadata", "pools"}))


async def run(work: Work) -> Answer:
    """Create or change a job.

    Raises:
        ArgumentError: The job would back up or keep nothing, or something it names does not exist.
        CallError: XO refused or did not answer.
    """
    return await FORM.fill_in(work)

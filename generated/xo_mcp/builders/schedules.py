"""Schedules: XO stores what its scheduler can't read, and one such cron stops other schedules (XO 6.7.1).

A bad cron in an enabled schedule ends the start of the schedules after it at XO's next restart, and an unknown job is
accepted: both are refused before anything is sent.
"""

import zoneinfo
from datetime import UTC, datetime
from typing import Final

from cronsim import CronSim, CronSimError

from xo_mcp.answer import Answer
from xo_mcp.errors import ArgumentError, CallError, NotFound
from xo_mcp.rpc.calls import Work
from xo_mcp.text import one_line
from xo_mcp.types import Call, Json

FIELDS: Final = (5, 6)
"""Of a cron that XO's scheduler reads; the sixth, of seconds, comes first."""
_LONGEST: Final = 200
JOBS: Final = "/backup-jobs/{id}"
CREATE: Final = "schedule.create"
ALONE: Final = (
    "The backup job has no settings (retention) for this schedule yet, and a run of it fails without them: they must "
    "be added to the job in XO before the schedule is of use."
)


async def run(work: Work) -> Answer:
    """Create or change a schedule.

    Raises:
        ArgumentError: The cron or the timezone can't be read, or there is no such backup job.
        CallError: XO refused or did not answer.
    """
    check_cron(work.arguments.get("cron"))
    check_timezone(work.arguments.get("timezone"))
    settings = await _settings(work, work.arguments.get("jobId"))
    answer = await work.run()
    data = answer.data
    made = data.get("id") if isinstance(data, dict) else None
    if work.method != CREATE or settings is None or made in settings:
        return answer
    return Answer(answer.data, (*answer.notes, ALONE))


def check_cron(cron: Json) -> None:
    """Refuse a cron that a scheduler can't read, or that never comes.

    Raises:
        ArgumentError: Says what is wrong with it.
    """
    if cron is None:
        return
    text = str(cron)
    fields = text.split()
    example = "Write minute, hour, day, month and weekday, such as `0 3 * * *` for 03:00 every day."
    if len(text) > _LONGEST or len(fields) not in FIELDS:
        raise ArgumentError(f"The cron `{one_line(text, 80)}` has {len(fields)} fields, not 5. {example}")
    try:
        next(CronSim(text, datetime.now(tz=UTC)), None)
    except CronSimError as error:
        raise ArgumentError(f"The cron `{one_line(text, 80)}` can't be read: {error}. {example}") from error


def check_timezone(name: Json) -> None:
    """Refuse a timezone that is unknown, where this system knows timezones.

    Raises:
        ArgumentError: It is not in the list of timezones.
    """
    known = zoneinfo.available_timezones()
    if name is not None and known and name not in known:
        raise ArgumentError(f"There is no timezone `{one_line(str(name), 60)}`: give a name such as `Europe/Paris`.")


async def _settings(work: Work, job: Json) -> dict[str, Json] | None:
    """The settings of the backup job a schedule is for; nothing when the job can't be read."""
    if job is None:
        return None
    try:
        reply = await work.client.request(Call("GET", JOBS, path={"id": job}))
    except NotFound as error:
        raise ArgumentError(
            f"There is no backup job `{one_line(str(job), 60)}`. list_backup_jobs shows them."
        ) from error
    except CallError:
        return None
    found = reply.data.get("settings") if isinstance(reply.data, dict) else None
    return found if isinstance(found, dict) else {}

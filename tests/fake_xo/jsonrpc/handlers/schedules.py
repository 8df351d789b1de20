"""Methods of schedules, with what they leave behind."""

import re

from fake_xo.jsonrpc.call import RpcCall, method
from fake_xo.jsonrpc.errors import PEER, RpcError, no_such
from fake_xo.store import Record, Store

PART = r"(\*|(\d{1,2}|[A-Za-z]{3})(-(\d{1,2}|[A-Za-z]{3}))?)(/\d+)?"
FIELD = re.compile(f"{PART}(,{PART})*")
BAD_CRON = "minute: missing integer at character 0"
FIELDS = (5, 6)


def is_cron(text: str) -> bool:
    """Whether XO's scheduler understands it, roughly."""
    parts = text.split()
    return len(parts) in FIELDS and all(FIELD.fullmatch(part) for part in parts)


@method("schedule.create")
async def create(call: RpcCall) -> Record:
    """A bad pattern is stored all the same: enabled, with an error; disabled, without a word. Any job id is taken."""
    fresh = call.xo.identity.fresh("schedule")
    record = {"enabled": False, "name": "", "timezone": "UTC", **call.params, "id": fresh}
    call.store.add("schedules", record)
    if record["enabled"] and not is_cron(record["cron"]):
        raise RpcError(PEER, BAD_CRON)
    return record


@method("schedule.set")
async def update(call: RpcCall) -> None:
    """Only what is given changes; a bad pattern is stored all the same."""
    schedule = call.store.actual("schedules", call.params["id"])
    if schedule is None:
        raise no_such(call.params["id"], "schedule")
    changes = {name: ... if value is None else value for name, value in call.params.items() if name != "id"}
    changed = call.store.update("schedules", schedule["id"], **changes)
    if changed["enabled"] and not is_cron(changed["cron"]):
        raise RpcError(PEER, BAD_CRON)


@method("schedule.delete")
async def delete(call: RpcCall) -> None:
    """Unknown ids are `true`; the settings of the job keep their entry."""
    call.store.remove("schedules", call.params["id"])


def started_schedules(store: Store) -> list[str]:
    """Ids of the schedules that would run after a restart of XO: starting them ends at the first bad pattern."""
    started: list[str] = []
    for schedule in store.every("schedules"):
        if schedule["enabled"]:
            if not is_cron(schedule["cron"]):
                break
            started.append(schedule["id"])
    return started

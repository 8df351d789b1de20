"""Methods of schedules, with what they leave behind."""

import re

from fake_xo.jsonrpc.call import RpcCall, method
from fake_xo.jsonrpc.errors import PEER, RpcError, no_such
from fake_xo.store import Record

FIELD = re.compile(r"[\d*/,-]+|[A-Za-z,-]+")
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
        raise RpcError(PEER, "minute: missing integer at character 0")
    return record


@method("schedule.set")
async def update(call: RpcCall) -> None:
    """Only what is given changes; a bad pattern is stored without a word."""
    schedule = call.store.actual("schedules", call.params["id"])
    if schedule is None:
        raise no_such(call.params["id"], "schedule")
    changes = {name: ... if value is None else value for name, value in call.params.items() if name != "id"}
    call.store.update("schedules", schedule["id"], **changes)


@method("schedule.delete")
async def delete(call: RpcCall) -> None:
    """Unknown ids are `true`; the settings of the job keep their entry."""
    call.store.remove("schedules", call.params["id"])

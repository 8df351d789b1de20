"""Backup repositories, archives, schedules and the servers XO connects to."""

import time

from starlette.responses import Response

from fake_xo.call import Call, action, created, no_content, route
from fake_xo.errors import ApiError, forbidden, incorrect_state, no_such
from fake_xo.handlers.collections import shown
from fake_xo.jsonrpc.handlers.runs import shown_logs
from fake_xo.rbac import found
from fake_xo.responses import json_response
from fake_xo.store import Record

MIB = 1 << 20


@route("GET /backup-archives")
async def list_archives(call: Call) -> Response:
    """Archives of the named repositories (`*`: all); without one, none. From a cache."""
    wanted = call.query.get("backup-repository", [])
    if "*" not in wanted:
        for name in wanted:
            found(call.store, "backup-repositories", name)
    records = _cached_archives(call)
    disabled = {each["id"] for each in call.store.every("backup-repositories") if not each["enabled"]}
    asked = [each for each in records if {each["backupRepository"], "*"} & set(wanted)]
    return shown(call, "backup-archives", [each for each in asked if each["backupRepository"] not in disabled])


def _cached_archives(call: Call) -> list[Record]:
    cache = call.xo.archive_cache
    if cache is None or time.monotonic() - cache[0] >= call.xo.options.archive_cache:
        cache = call.xo.archive_cache = (time.monotonic(), call.store.read_all("backup-archives"))
    return cache[1]


@route("GET /backup-logs")
async def list_logs(call: Call) -> Response:
    """Runs of jobs. From a cache."""
    return shown(call, "backup-logs", shown_logs(call.xo))


@route("GET /backup-logs/{id}")
async def get_log(call: Call) -> Response:
    """One run. From a cache."""
    for log in shown_logs(call.xo):
        if log["id"] == call.id:
            return json_response(log)
    raise no_such("backup-log", call.id)


@route("POST /backup-repositories")
async def create_repository(call: Call) -> Response:
    """A new repository."""
    fresh = call.xo.identity.fresh("backup-repository")
    call.store.add("backup-repositories", call.body | {"id": fresh, "enabled": True})
    return created(fresh, "backup-repositories")


@route("PATCH /backup-repositories/{id}")
async def update_repository(call: Call) -> Response:
    """Change a repository; null removes options and proxy."""
    changes = {name: ... if value is None else value for name, value in call.body.items()}
    call.store.update("backup-repositories", call.object()["id"], **changes)
    return no_content()


@action("POST /backup-repositories/{id}/actions/forget")
async def forget_repository(call: Call) -> None:
    """Forget a repository no job uses."""
    repository = call.object()
    if any(repository["id"] in str(job) for job in call.store.every("backup-jobs")):
        raise forbidden("forget backup repository", "a backup job uses it")
    call.store.remove("backup-repositories", repository["id"])


@route("GET /backup-repositories/{id}/health")
async def check_repository(call: Call) -> Response:
    """Whether the repository answers."""
    if not found(call.store, "backup-repositories", call.id)["enabled"]:
        raise ApiError(500, "the backup repository is disabled")
    return json_response({"success": True})


@action("POST /backup-repositories/{id}/actions/benchmark", answer=200)
async def benchmark(call: Call) -> Record:
    """Measure how fast the repository is, in bytes per second."""
    repository = call.object()
    result = {"readRate": 338 * MIB, "writeRate": 207 * MIB}
    entry = result | {"timestamp": call.xo.clock.ms()}
    benchmarks = [*repository.get("benchmarks", ()), entry]
    call.store.update("backup-repositories", repository["id"], benchmarks=benchmarks)
    return result | {"success": True}


@action("POST /schedules/{id}/actions/run")
async def run_schedule(call: Call) -> None:
    """Run the job of a schedule now."""
    schedule = call.object()
    now = call.xo.clock.ms()
    log = {"id": str(now), "jobId": schedule["jobId"], "message": "backup", "start": now, "end": now}
    call.store.add("backup-logs", log | {"status": "success", "tasks": []})


@route("POST /servers")
async def create_server(call: Call) -> Response:
    """A connection to a pool, not yet open; the same address twice is 409."""
    body = call.body
    if any(server["host"] == body["host"] for server in call.store.every("servers")):
        raise ApiError(409, f"server {body['host']} already exists", {"objectType": "server"})
    fresh = call.xo.identity.fresh("server")
    own = {name: value for name, value in body.items() if name != "password"}
    state = {"id": fresh, "enabled": False, "status": "disconnected"}
    call.store.add("servers", {"allowUnauthorized": False, "readOnly": False} | own | state)
    return created(fresh, "servers")


@action("POST /servers/{id}/actions/connect")
async def connect_server(call: Call) -> None:
    """Open the connection; only the first pool is there to be reached."""
    server = call.object()
    if server["status"] == "connected":
        raise incorrect_state(server["id"], "status", "connected", "disconnected")
    if "poolId" not in server:
        raise ApiError(500, f"connect ECONNREFUSED {server['host']}:443")
    call.xo.options.pool = "connected"
    call.store.fill_after(call.xo.options.connect_seconds)
    call.store.update("servers", server["id"], enabled=True, status="connected", error=...)


@action("POST /servers/{id}/actions/disconnect")
async def disconnect_server(call: Call) -> None:
    """Close the connection: everything of the pool disappears."""
    server = call.object()
    if server["status"] == "disconnected":
        raise incorrect_state(server["id"], "status", "disconnected", "connected")
    call.xo.options.pool = "disconnected"
    call.store.update("servers", server["id"], enabled=False, status="disconnected")


@route("GET /servers")
async def list_servers(call: Call) -> Response:
    """The connections, with the state the pool is in."""
    return shown(call, "servers", [_with_state(call, server) for server in call.store.read_all("servers")])


@route("GET /servers/{id}")
async def get_server(call: Call) -> Response:
    """One connection."""
    return json_response(_with_state(call, found(call.store, "servers", call.id)))


@route("DELETE /servers/{id}")
async def delete_server(call: Call) -> Response:
    """Close and forget a connection."""
    server = call.object()
    if "poolId" in server:
        call.xo.options.pool = "disconnected"
    call.store.remove("servers", server["id"])
    return no_content()


def _with_state(call: Call, server: Record) -> Record:
    if "poolId" not in server:
        return server
    state = call.xo.options.pool
    if state == "connected":
        return server | {"status": state}
    shown_fields = {name: value for name, value in server.items() if name not in {"master", "poolMembersAddresses"}}
    return shown_fields | {"status": state}


@route("GET /backup-archives/{id}")
async def get_archive(call: Call) -> Response:
    """One archive; its id holds slashes, so it comes encoded."""
    record = call.store.read("backup-archives", call.id)
    if record is None:
        raise no_such("backup-archive", call.id)
    return json_response(record)

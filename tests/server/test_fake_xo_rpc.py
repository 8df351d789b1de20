"""The fake XO's JSON-RPC API has the traps of a real one (seen on xo-server 5.207.2), seen in raw messages."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from fake_xo import FakeXo, running_fake_xo
from fake_xo.jsonrpc.handlers.runs import shown_logs
from fake_xo.jsonrpc.handlers.schedules import started_schedules
from newest import PINNED_SPEC
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

WAIT = 0.3
"""Seconds after which nothing comes any more."""
PATIENCE = 30
"""Seconds for what must come, on a machine with other work."""


class Raw:
    """A socket on which anything can be sent."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self._number = 0

    def call(self, method: str, params: Any = None, **more: Any) -> dict[str, Any]:
        """The answer to a call: `result`, or `error`."""
        self._number += 1
        given = {} if params is None else {"params": params}
        self.socket.send(json.dumps({"jsonrpc": "2.0", "id": self._number, "method": method, **given, **more}))
        while True:
            reported = json.loads(self.socket.recv(PATIENCE))
            if reported.get("id") == self._number:
                return dict(reported)

    def result(self, method: str, params: Any = None) -> Any:
        """What a call answered; it must have succeeded."""
        answer = self.call(method, params)
        assert "error" not in answer, answer
        return answer["result"]

    def error(self, method: str, params: Any = None) -> tuple[int, str]:
        """Code and message of a call that must have failed."""
        error = self.call(method, params)["error"]
        return error["code"], error["message"]


@contextmanager
def opened(fake: FakeXo, token: str = "", path: str = "/api/", **more: Any) -> Iterator[Raw]:
    address = root(fake).replace("http", "ws") + path
    with connect(address, **{"open_timeout": PATIENCE, "close_timeout": 1} | more) as socket:
        raw = Raw(socket)
        if token:
            raw.result("session.signIn", {"token": token})
        yield raw


def root(fake: FakeXo) -> str:
    """The address of its pages."""
    return fake.url.partition("/rest")[0]


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(spec=PINNED_SPEC, vms=4, lag=0, task_seconds=0, log_cache=10) as running:
        yield running


@pytest.fixture
def admin(fake: FakeXo) -> Iterator[Raw]:
    with opened(fake, fake.admin_token) as raw:
        yield raw


@pytest.mark.parametrize("path", ["/api", "/api/?x", "/api/nothing"])
def test_any_other_address_never_answers_the_handshake(fake: FakeXo, path: str):
    with pytest.raises((TimeoutError, InvalidHandshake)), opened(fake, path=path, ping_interval=None, open_timeout=1):
        pass


def test_there_is_no_endpoint_of_http(fake: FakeXo):
    answer = httpx2.post(root(fake) + "/api/", content=b"{}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    "message",
    ["{", '{"jsonrpc": "1.0", "id": 1, "method": "system.getVersion"}', '{"jsonrpc": "2.0", "id": 1, "params": "x"}'],
)
def test_some_messages_get_no_answer(admin: Raw, message: str):
    admin.socket.send(message)
    with pytest.raises(TimeoutError):
        admin.socket.recv(WAIT)


def test_a_batch_gets_two_bytes_and_an_array_is_read_by_position(fake: FakeXo):
    with opened(fake) as raw:
        raw.socket.send("[]")
        assert len(raw.socket.recv(PATIENCE)) == 2
        assert raw.call("vm.ejectCd", ["x"])["error"]["code"] == 2  # the right before the parameters
    with opened(fake, fake.admin_token) as raw:
        errors = raw.call("vm.ejectCd", ["x"])["error"]["data"]["errors"]
        assert {each["params"].get("additionalProperty") for each in errors} == {"0", None}


def test_what_is_refused_is_refused_in_xos_order(fake: FakeXo, admin: Raw):
    assert admin.error("no.such", {"id": 5}) == (-32601, "method not found: no.such")
    with opened(fake, fake.operator_token) as other:
        assert other.error("schedule.set", {"id": 5}) == (2, "not enough permissions")
        assert other.error("vm.ejectCd", {"id": fake.find("vms")["id"]}) == (2, "not enough permissions")
    with opened(fake) as nobody:
        assert nobody.error("schedule.set", {"id": 5}) == (2, "not enough permissions")
        assert nobody.error("session.getUser")[0] == -32000
        assert nobody.result("system.getServerVersion")
        assert "vm.insertCd" in nobody.result("system.getMethodsInfo")
    assert admin.error("vm.ejectCd", {"id": 5}) == (10, "invalid parameters")
    assert admin.error("vm.ejectCd", {"id": "nope"}) == (1, "no such VM nope")
    assert admin.call("vm.insertCd", {"zzz": 1, "cd_id": 5})["error"]["data"]["errors"].__len__() == 3


def test_signing_in_and_out_leaves_the_socket_open(fake: FakeXo):
    with opened(fake) as raw:
        assert raw.error("session.signIn", {}) == (3, "invalid credentials")
        assert raw.error("session.signIn", {"token": "wrong"}) == (3, "invalid credentials")
        login = {"email": "admin@example.org", "password": "wrong"}
        assert raw.error("session.signIn", login) == (3, "invalid credentials")
        right = login | {"password": fake.password}
        assert raw.error("session.signIn", right) == (-32000, "unknown error from the peer")
        assert raw.result("session.signIn", {"token": fake.admin_token, "extra": 1})["permission"] == "admin"
        assert raw.result("session.signOut") is True
        assert raw.error("schedule.delete", {"id": "x"})[0] == 2


def test_a_deleted_token_stays_signed_in_and_an_expired_one_closes(fake: FakeXo):
    spare = fake.xo.store.every("tokens")[0] | {"user_id": fake.xo.people.admin}
    fake.call(fake.xo.store.seed, "tokens", [spare | {"id": "spare-token"}])
    with opened(fake, "spare-token") as raw:
        fake.call(fake.xo.store.remove, "tokens", "spare-token")
        assert raw.result("schedule.delete", {"id": "x"}) is True
    fake.call(fake.xo.store.seed, "tokens", [spare | {"id": "spare-token"}])
    with opened(fake, "spare-token") as raw:
        fake.call(fake.xo.store.update, "tokens", "spare-token", expiration=0)
        with pytest.raises(ConnectionClosed):
            raw.call("schedule.delete", {"id": "x"})


def test_everybody_who_is_signed_in_hears_of_everything(fake: FakeXo):
    with opened(fake, fake.operator_token) as raw, opened(fake) as nobody:
        network = fake.find("networks")
        fake.change("networks", network["id"], tags=["new"])
        reported = json.loads(raw.socket.recv(PATIENCE))
        assert (reported["method"], reported["params"]["type"]) == ("all", "enter")
        assert reported["params"]["items"][network["id"]]["name_label"] == network["name_label"]
        fake.call(fake.xo.store.remove, "networks", network["id"])
        assert json.loads(raw.socket.recv(PATIENCE))["params"] == {"type": "exit", "items": {network["id"]: 0}}
        with pytest.raises(TimeoutError):
            nobody.socket.recv(WAIT)
    fake.call(fake.xo.store.seed, "networks", [network])


def test_the_administrators_switch_does_not_reach_here(fake: FakeXo):
    fake.options.mcp_enabled = False
    try:
        with opened(fake, fake.admin_token, additional_headers={"X-XO-Client": "mcp"}) as raw:
            assert raw.result("schedule.delete", {"id": "x"}) is True
    finally:
        fake.options.mcp_enabled = True


def test_the_dialect_of_parameters(fake: FakeXo, admin: Raw):
    job = fake.find("backup-jobs")["id"]
    schedule = admin.result("schedule.create", {"cron": "0 3 * * *", "jobId": job, "newer?": 1})["id"]
    assert admin.result("schedule.set", {"schedule": schedule, "name": None}) is True  # the namespace for `id`
    assert admin.error("vm.setBootOrder", {"id": fake.find("vms")["id"], "order": "c"})[0] == 10  # but not here
    assert admin.error("schedule.set", {"id": schedule, "enabled": 1})[0] == 10
    assert admin.error("schedule.set", {"id": schedule, "cron": ""})[0] == 10
    assert admin.result("schedule.delete", {"id": schedule}) is True


def test_a_failed_call_leaves_a_task_and_a_record_and_another_user_sees_none(fake: FakeXo, admin: Raw):
    mine = {"id": "no-such-machine"}
    admin.error("vm.ejectCd", mine)
    task = next(each for each in fake.xo.store.every("tasks") if each["properties"].get("params") == mine)
    assert (task["status"], task["properties"]["method"]) == ("failure", "vm.ejectCd")
    assert any(each["data"]["params"] == mine for each in admin.result("log.get", {"namespace": "api"}).values())
    assert admin.result("log.get", {"namespace": "nothing"}) == {}


def test_closing_the_socket_does_not_stop_a_call(fake: FakeXo):
    halted = fake.find("vms", power_state="Halted")["id"]
    fake.options.task_seconds = 0.4
    with opened(fake, fake.admin_token) as raw:
        raw.socket.send(json.dumps({"jsonrpc": "2.0", "id": 9, "method": "vm.recoveryStart", "params": {"id": halted}}))
        time.sleep(0.1)
        (task,) = [each for each in fake.xo.store.every("tasks") if each["status"] == "pending"]
    fake.options.task_seconds = 0
    deadline = time.monotonic() + PATIENCE
    while fake.record("tasks", task["id"]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (fake.record("vms", halted) or {})["power_state"] == "Running"
    assert fake.record("tasks", task["id"]) is None, "a task of success is removed"
    fake.change("vms", halted, power_state="Halted")


def test_an_address_of_a_file_is_good_once_for_anybody(fake: FakeXo, admin: Raw):
    address = root(fake) + admin.result("xo.exportConfig", {"passphrase": "x" * 12})["$getFrom"]
    kinds = [httpx2.get(address).raise_for_status().headers["Content-Type"] for _ in range(2)]
    assert "html" not in kinds[0]
    assert "html" in kinds[1]


def job(fake: FakeXo, **more: Any) -> dict[str, Any]:
    own = {"vms": {"id": fake.find("vms")["id"]}, "remotes": {"id": fake.find("backup-repositories")["id"]}}
    return {"name": "raw", "mode": "delta", **own, **more}


ENABLED = {"cron": "0 3 * * *", "enabled": True}


def test_a_job_without_retention_succeeds_and_stores_nothing(fake: FakeXo, admin: Raw):
    made = admin.result("backupNg.createJob", job(fake, settings={"a": {}}, schedules={"a": ENABLED}))
    schedule = fake.find("schedules", jobId=made)["id"]
    assert admin.result("backupNg.runJob", {"id": made, "schedule": schedule}) is True
    assert not [each for each in fake.xo.store.every("backup-archives") if each["jobId"] == made]
    assert [log["status"] for log in shown_logs(fake.xo, fresh=True) if log["jobId"] == made] == ["success"]
    assert admin.error("backupNg.runJob", {"id": made, "schedule": "nope"}) == (1, "no such schedule nope")
    assert admin.result("backupNg.deleteJob", {"id": made}) is True
    assert admin.error("backupNg.deleteJob", {"id": made}) == (1, f"no such job {made}")


def test_schedules_without_settings_and_bad_crons_leave_things_behind(fake: FakeXo, admin: Raw):
    started = started_schedules(fake.xo.store)
    said = admin.error("backupNg.createJob", job(fake, schedules={"a": ENABLED}))
    assert said == (-32000, "Cannot read properties of undefined (reading 'a')")
    said = admin.error("backupNg.createJob", job(fake, settings={}, schedules={"b": {**ENABLED, "cron": "x"}}))
    assert said == (-32000, "minute: missing integer at character 0")
    left = [each for each in fake.xo.store.every("backup-jobs") if each["name"] == "raw"]
    assert len(left) == 2
    after = admin.result("schedule.create", {"cron": "0 9 * * *", "jobId": "unknown-job", "enabled": True})["id"]
    assert after not in started_schedules(fake.xo.store), "a bad one before it stops it"
    for each in left:
        admin.result("backupNg.deleteJob", {"id": each["id"]})
    assert set(started_schedules(fake.xo.store)) == {*started, after}
    assert admin.error("schedule.create", {"cron": "x", "jobId": "y", "enabled": True})[0] == -32000
    assert admin.result("schedule.create", {"cron": "x", "jobId": "y", "enabled": False})["cron"] == "x"
    for each in fake.xo.store.every("schedules"):
        if each["jobId"] in {"y", "unknown-job"}:
            assert admin.result("schedule.delete", {"id": each["id"]}) is True


def test_an_edit_replaces_settings_as_a_whole_and_a_schedule_without_any_can_not_run(fake: FakeXo, admin: Raw):
    settings = {"a": {"exportRetention": 3}}
    made = admin.result("backupNg.createJob", job(fake, settings=settings, schedules={"a": ENABLED}))
    schedule = fake.find("schedules", jobId=made)["id"]
    assert (fake.record("backup-jobs", made) or {})["settings"] == {schedule: {"exportRetention": 3}}
    assert admin.result("backupNg.editJob", {"id": made, "settings": {"": {"concurrency": 4}}}) is True
    assert (fake.record("backup-jobs", made) or {})["settings"] == {"": {"concurrency": 4}}
    run = {"id": made, "schedule": schedule}
    assert admin.error("backupNg.runJob", run) == (
        -32000,
        "Cannot read properties of undefined (reading 'healthCheckSr')",
    )
    assert admin.error("backupNg.editJob", {"id": made, "name": None})[0] == 10
    assert admin.error("backupNg.editJob", {"id": made, "schedules": {}})[0] == 10
    admin.result("backupNg.deleteJob", {"id": made})


@pytest.mark.parametrize(
    ("vms", "status"),
    [
        ({"id": "unknown"}, "failure"),
        ({"id": {"__or": []}}, "success"),
        ({"type": "VM", "tags": "web"}, "skipped"),
        ({"type": "VM", "tags": {"__or": ["web"]}}, "skipped"),
        ({"type": "VM", "$pool": {"id": {"__or": ["x"]}}}, "skipped"),
    ],
)
def test_whom_a_job_is_for_is_not_checked(fake: FakeXo, admin: Raw, vms: dict[str, Any], status: str):
    given = job(fake, settings={"a": {"exportRetention": 1}}, schedules={"a": ENABLED}) | {"vms": vms}
    made = admin.result("backupNg.createJob", given)
    schedule = fake.find("schedules", jobId=made)["id"]
    answer = admin.call("backupNg.runJob", {"id": made, "schedule": schedule})
    if status == "skipped":
        assert answer["error"]["code"] == 27
    else:
        assert answer["result"] is True, "also when all its VMs failed"
    logs = admin.result("backupNg.getLogs", {"jobId": made, "_forceRefresh": True})
    assert [log["status"] for log in logs] == [status]
    admin.result("backupNg.deleteJob", {"id": made})


def test_logs_are_as_old_as_the_cache(fake: FakeXo, admin: Raw):
    first = fake.find("schedules")
    admin.result("backupNg.getLogs", {"_forceRefresh": True})
    admin.result("backupNg.runJob", {"id": first["jobId"], "schedule": first["id"]})
    own = {"scheduleId": first["id"], "limit": 1}
    fresh = admin.result("backupNg.getLogs", {**own, "_forceRefresh": True})[0]["id"]
    fake.xo.log_cache = (time.monotonic(), [log for log in fake.xo.store.every("backup-logs") if log["id"] != fresh])
    assert fresh not in str(admin.result("backupNg.getLogs", own))


def test_restores_take_what_they_ignore_and_reveal_paths(fake: FakeXo, admin: Raw):
    archive, sr = fake.find("backup-archives"), fake.find("srs", content_type="user")["id"]
    assert admin.error("backupNg.importVmBackup", {"id": archive["id"], "sr": sr})[0] == 10
    given = {"id": archive["id"], "sr": sr, "settings": {}, "useDifferentialRestore": True}
    made = admin.result("backupNg.importVmBackup", given)
    assert (fake.record("vms", made) or {})["power_state"] == "Halted"
    said = admin.error("backupNg.importVmBackup", {**given, "id": archive["id"] + "x"})
    assert said[0] == -32000
    assert said[1].startswith("ENOENT: no such file or directory, open '/")
    assert admin.error("backupNg.importVmBackup", {**given, "id": "nope"}) == (1, "no such remote nop")
    assert admin.result("backupNg.deleteVmBackups", {"ids": [archive["id"] + "x"]}) is True


def test_files_of_a_backup_break_off_where_paths_are_wrong(fake: FakeXo, admin: Raw):
    archive = fake.find("backup-archives")
    where = {"remote": archive["backupRepository"], "disk": archive["disks"][0]["id"]}
    assert admin.error("backupNg.listFiles", {**where, "partition": "", "path": "/"})[0] == 10
    files = {**where, "partition": "12345678-01", "paths": ["/nope"], "format": "tgz"}
    address = admin.result("backupNg.fetchFiles", files)["$getFrom"]
    assert httpx2.get(root(fake) + address).status_code == 500


def test_a_wrong_disc_takes_the_old_one_out(fake: FakeXo, admin: Raw):
    machine, library = fake.find("vms"), fake.find("srs", content_type="iso")["id"]
    iso = fake.find("vdis", **{"$SR": library})["id"]
    disk = next(each["id"] for each in fake.xo.store.every("vdis") if each["$SR"] != library)
    assert admin.result("vm.insertCd", {"id": machine["id"], "cd_id": iso}) is True
    assert admin.error("vm.insertCd", {"id": machine["id"], "cd_id": iso, "force": False})[1].startswith(
        "VBD_NOT_EMPTY"
    )
    assert admin.error("vm.insertCd", {"id": machine["id"], "cd_id": disk})[1].startswith("VDI_IS_NOT_ISO")
    assert admin.error("vm.ejectCd", {"id": machine["id"]})[1].startswith("VBD_IS_EMPTY(OpaqueRef:")


def test_machines_and_interfaces_surprise(fake: FakeXo, admin: Raw):
    machine = fake.find("vms", power_state="Running")["id"]
    halted = fake.find("vms", power_state="Halted")["id"]
    assert admin.error("vm.recoveryStart", {"id": machine}) == (13, "VM state is running but should be halted")
    assert admin.result("vm.setBootOrder", {"vm": halted, "order": "zzz"}) is True
    assert admin.error("vm.copyToTemplate", {"id": halted}) == (1, f"no such VM-snapshot {halted}")
    assert admin.result("vm.copyToTemplate", {"id": fake.find("vm-snapshots")["id"]}) is True
    nic, network = fake.find("vifs")["id"], fake.find("networks")["id"]
    assert admin.result("vif.set", {"id": nic, "network": network}) == nic
    assert admin.result("vif.set", {"id": nic, "mac": "02:00:00:00:00:77"}) != nic
    card = fake.find("pifs")["id"]
    assert admin.result("pif.reconfigureIp", {"id": card}) is True
    assert [(fake.record("pifs", card) or {})[name] for name in ("ip", "netmask", "gateway", "dns")] == [""] * 4
    assert admin.error("pif.reconfigureIp", {})[1] == "Cannot read properties of undefined (reading 'device')"
    assert admin.error("network.set", {"id": network, "mtu": 60})[0] == 10


def test_maintenance_of_storage_asks_for_the_list(fake: FakeXo, admin: Raw):
    sr = next(
        each["id"]
        for each in fake.xo.store.every("srs")
        if admin.call("sr.disableMaintenanceMode", {"id": each["id"]})["error"]["message"]
        == '"undefined" is not valid JSON'
        and admin.call("sr.enableMaintenanceMode", {"id": each["id"]}).get("error", {}).get("code") == 25
    )
    expected = admin.call("sr.enableMaintenanceMode", {"id": sr})["error"]["data"]["expected"]
    assert admin.error("sr.enableMaintenanceMode", {"id": sr, "vmsToShutdown": expected[1:] or ["x"]})[0] == 25
    assert admin.result("sr.enableMaintenanceMode", {"id": sr, "vmsToShutdown": expected}) is True
    again = admin.error("sr.enableMaintenanceMode", {"id": sr, "vmsToShutdown": expected})
    assert again[1].startswith("MAP_DUPLICATE_KEY")
    assert admin.result("sr.disableMaintenanceMode", {"id": sr}) is True


def test_an_empty_pattern_deletes_every_token_of_everybody(fake: FakeXo, admin: Raw):
    kept = fake.xo.store.every("tokens")
    assert admin.result("token.delete", {"pattern": {}}) is True
    assert fake.xo.store.every("tokens") == []
    fake.call(fake.xo.store.seed, "tokens", kept)


@pytest.mark.parametrize("cookie", ["authenticationToken={}", "token=wrong{}", ""])
def test_a_console_closes_the_connection_without_a_word(fake: FakeXo, cookie: str):
    machine = fake.find("vms", power_state="Running")["id"]
    headers = {"Cookie": cookie.format(fake.admin_token)} if cookie else {}
    with (
        pytest.raises((InvalidHandshake, OSError, EOFError)),
        opened(fake, path=f"/api/consoles/{machine}", additional_headers=headers),
    ):
        pass

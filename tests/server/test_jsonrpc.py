"""XO's JSON-RPC API as the server uses it: the client alone, against a fake that has XO's traps."""

import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from fake_xo import FakeXo, running_fake_xo
from xo_mcp.api.client import Client
from xo_mcp.api.rpc_refusals import Wording
from xo_mcp.api.settings import ClientSettings, Timeouts
from xo_mcp.errors import (
    ArgumentError,
    ConfigError,
    Conflict,
    Forbidden,
    Invalid,
    McpDisabled,
    NotFound,
    Unauthorized,
    Unreachable,
    XapiError,
)
from xo_mcp.privacy.redaction import without_internals
from xo_mcp.text import one_line

pytestmark = pytest.mark.anyio


@pytest.fixture
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(vms=4, lag=0, task_seconds=0) as running:
        yield running


@asynccontextmanager
async def client_of(fake: FakeXo, **changes: Any) -> AsyncIterator[Client]:
    settings = {"url": fake.url, "timeouts": Timeouts(connect=2, normal=2)}
    if not changes.keys() & {"token", "token_file", "username"}:
        settings["token"] = fake.admin_token
    async with Client(ClientSettings(**settings, **changes)) as client:  # type: ignore[arg-type]
        yield client


def halted(fake: FakeXo) -> dict[str, Any]:
    return fake.find("vms", power_state="Halted")


async def test_a_call_signs_in_by_token_and_is_answered(fake: FakeXo):
    async with client_of(fake) as client:
        schedule = await client.jsonrpc.call("schedule.create", {"cron": "0 3 * * *", "jobId": "job"}, changes=True)
    assert isinstance(schedule, dict)
    assert fake.record("schedules", schedule["id"])["cron"] == "0 3 * * *"  # type: ignore[index]
    assert [called.method for called in fake.xo.rpc.calls] == ["session.signIn", "schedule.create"]
    assert {called.client for called in fake.xo.rpc.calls} == {"mcp"}


async def test_a_password_signs_in_too(fake: FakeXo):
    async with client_of(fake, username="admin@example.org", password=fake.password) as client:
        await client.jsonrpc.call("schedule.delete", {"id": "x"}, changes=True)
    assert fake.xo.rpc.calls[-1].user == "admin@example.org"


async def test_a_wrong_login_says_what_to_check_and_a_right_one_just_after_to_wait(fake: FakeXo):
    async with client_of(fake, token="wrong-token-of-ours") as client:
        with pytest.raises(Unauthorized, match="XO does not accept XO_TOKEN") as caught:
            await client.jsonrpc.call("schedule.delete", {"id": "x"})
        assert "wrong-token-of-ours" not in str(caught.value)
    async with client_of(fake, username="admin@example.org", password="no") as client:
        with pytest.raises(Unauthorized, match="XO_PASSWORD"):
            await client.jsonrpc.call("schedule.delete", {"id": "x"})
    async with client_of(fake, username="admin@example.org", password=fake.password) as client:
        with pytest.raises(Unauthorized, match="throttles"):
            await client.jsonrpc.call("schedule.delete", {"id": "x"})


async def test_methods_are_reported_without_signing_in(fake: FakeXo):
    async with client_of(fake, token="wrong") as client:
        methods = await client.jsonrpc.call("system.getMethodsInfo")
    assert isinstance(methods, dict)
    assert methods.keys() == fake.xo.rpc.facts.keys()


async def test_the_administrators_switch_is_asked_before_because_xo_does_not_look_at_it(fake: FakeXo):
    fake.options.mcp_enabled = False
    async with client_of(fake) as client:
        with pytest.raises(McpDisabled):
            await client.jsonrpc.call("vm.ejectCd", {"id": halted(fake)["id"]}, changes=True)
    assert fake.xo.rpc.calls == []


async def test_answers_out_of_order_find_their_calls(fake: FakeXo):
    fake.fault("CALL backupNg.listPartitions", "slow", seconds=0.3)
    repository, archive = fake.find("backup-repositories"), fake.find("backup-archives")
    where = {"remote": repository["id"], "disk": archive["disks"][0]["id"]}
    found: dict[str, Any] = {}
    order: list[str] = []
    async with client_of(fake) as client, client.jsonrpc.connected() as line:

        async def ask(method: str, params: dict[str, Any]) -> None:
            found[method] = await line.call(method, params)
            order.append(method)

        async with anyio.create_task_group() as group:
            group.start_soon(ask, "backupNg.listPartitions", where)
            group.start_soon(ask, "backupNg.listFiles", {**where, "path": "/"})
    assert order == ["backupNg.listFiles", "backupNg.listPartitions"]
    assert found["backupNg.listFiles"] == {"etc/": {}, "hello.txt": {}}
    assert found["backupNg.listPartitions"][0]["nr"] == 1


async def test_notifications_of_everything_that_changes_are_dropped(fake: FakeXo):
    fake.options.chatter = 0.005
    fake.options.task_seconds = 0.3
    async with client_of(fake) as client, client.jsonrpc.connected() as line:
        await anyio.sleep(0.2)
        assert await line.call("schedule.delete", {"id": "x"}) is True
        assert line._waiting == {}


async def test_frames_that_are_no_json_are_passed_over(fake: FakeXo):
    fake.fault("CALL schedule.delete", "garbage")
    async with client_of(fake) as client:
        assert await client.jsonrpc.call("schedule.delete", {"id": "x"}) is True


async def test_a_call_that_xo_never_answers_ends_and_says_that_its_outcome_is_unknown(fake: FakeXo):
    fake.fault("CALL vm.ejectCd", "hang", times=None)
    async with client_of(fake) as client:
        with pytest.raises(Unreachable, match=r"no answer within 0.3 s.*unknown.*properties:method:vm.ejectCd"):
            await client.jsonrpc.call("vm.ejectCd", {"id": halted(fake)["id"]}, changes=True, limit=0.3)
        with pytest.raises(Unreachable, match="Try again in a moment"):
            await client.jsonrpc.call("vm.ejectCd", {"id": halted(fake)["id"]}, limit=0.3)


async def test_a_broken_socket_is_asked_again_for_reads_only(fake: FakeXo):
    fake.fault("CALL *", "reset")
    async with client_of(fake) as client:
        assert await client.jsonrpc.call("schedule.delete", {"id": "x"}) is True  # as if it were a read
        fake.fault("CALL vm.ejectCd", "reset")
        with pytest.raises(Unreachable, match=r"connection broke before XO answered.*unknown"):
            await client.jsonrpc.call("vm.ejectCd", {"id": halted(fake)["id"]}, changes=True)
    assert [called.method for called in fake.xo.rpc.calls].count("vm.ejectCd") == 1


async def test_a_restart_in_mid_call_leaves_the_outcome_unknown(fake: FakeXo):
    fake.options.task_seconds = 30
    failures: list[Unreachable] = []
    async with client_of(fake) as client, client.jsonrpc.connected() as line, anyio.create_task_group() as group:

        async def ask() -> None:
            try:
                await line.call("schedule.delete", {"id": "x"}, changes=True, limit=20)
            except Unreachable as error:
                failures.append(error)

        group.start_soon(ask)
        await anyio.sleep(0.2)
        await anyio.to_thread.run_sync(fake.stop)
    assert fake.xo.rpc.calls[-1].method == "schedule.delete"
    assert "unknown" in str(failures[0])


async def test_a_token_that_expires_while_connected_is_reported(fake: FakeXo):
    async with client_of(fake) as client, client.jsonrpc.connected() as line:
        fake.call(fake.xo.store.update, "tokens", fake.admin_token, expiration=0)
        with pytest.raises(Unreachable, match="login may have expired"):
            await line.call("schedule.delete", {"id": "x"})


@pytest.mark.parametrize("path", ["/api", "/api/x"])
async def test_a_handshake_that_is_never_answered_ends(fake: FakeXo, path: str):
    async with client_of(fake) as client:
        with pytest.raises(Unreachable, match=r"handshake.*Nothing was done"):
            await client.jsonrpc._open(path)


async def test_nothing_listening_and_what_speaks_no_websocket_say_so(fake: FakeXo):
    async with client_of(fake) as client:
        with pytest.raises(Unreachable, match=r"speaks no WebSocket|handshake"):
            await client.jsonrpc._open("/rest/v0/ping/../../nowhere")
        await anyio.to_thread.run_sync(fake.stop)
        with pytest.raises(Unreachable, match="Nothing listens"):
            await client.jsonrpc._open("/api/")


async def test_certificates_are_checked_as_for_http():
    with running_fake_xo(vms=0, tls="good") as fake:
        async with client_of(fake, ca_file=Path(str(fake.ca_file))) as client:
            assert await client.jsonrpc.call("system.getServerVersion")
        async with client_of(fake, insecure=True) as client:
            assert await client.jsonrpc.call("system.getServerVersion")
        async with client_of(fake) as client:
            with pytest.raises(Unreachable, match="certificate"):
                await client.jsonrpc._open("/api/")


async def test_more_than_xo_takes_is_refused_before_it_is_sent(fake: FakeXo, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("xo_mcp.api.rpc_socket.LARGEST_SENT", 200)
    async with client_of(fake) as client:
        with pytest.raises(ArgumentError, match="at most 200 B"):
            await client.jsonrpc.call("schedule.delete", {"id": "x" * 500})


async def test_an_answer_that_is_too_large_says_so(fake: FakeXo):
    async with client_of(fake, max_reply=20_000) as client:
        with pytest.raises(Unreachable, match="larger than this server takes"):
            await client.jsonrpc.call("system.getMethodsInfo")


UNFIT = pytest.mark.breaks_contract("XO itself must refuse what the server would not send")
REFUSALS = [
    pytest.param("no.such", {}, NotFound, "no JSON-RPC method no.such", marks=UNFIT),
    pytest.param("vm.ejectCd", {"id": "nope"}, NotFound, "XO has no VM nope"),
    pytest.param("vm.ejectCd", {"id": 5}, Invalid, "`id` must be string", marks=UNFIT),
    pytest.param("vm.ejectCd", {}, Invalid, "`id` is missing", marks=UNFIT),
    pytest.param("vm.ejectCd", {"id": "x", "zzz": 1}, Invalid, "`zzz` is unknown to XO", marks=UNFIT),
    pytest.param("schedule.set", {"id": "nope"}, NotFound, "no schedule nope"),
]


@pytest.mark.parametrize(("method", "params", "kind", "said"), REFUSALS)
async def test_refusals_are_explained(
    fake: FakeXo, method: str, params: dict[str, Any], kind: type[Exception], said: str
):
    async with client_of(fake) as client:
        with pytest.raises(kind, match=said):
            await client.jsonrpc.call(method, params)


async def test_refusals_of_the_hypervisor_keep_stacks_and_references_back(fake: FakeXo):
    machine = fake.find("vms", power_state="Running")
    async with client_of(fake) as client:
        with pytest.raises(XapiError) as caught:
            await client.jsonrpc.call("vm.ejectCd", {"id": machine["id"]})
        with pytest.raises(Conflict, match="halted"):
            await client.jsonrpc.call("vm.convertToTemplate", {"id": machine["id"]})
    assert caught.value.code == "VBD_IS_EMPTY"
    for inner in ("OpaqueRef", "stack", "some_call", "opt/xo"):
        assert inner not in str(caught.value)


async def test_a_user_without_old_rights_hears_which_ones_count_here(fake: FakeXo):
    machine = fake.find("vms")
    async with client_of(fake, token=fake.operator_token) as client:
        with pytest.raises(Forbidden, match="needs an XO administrator here, or an old ACL"):
            await client.jsonrpc.call("vm.ejectCd", {"id": machine["id"]})
        with pytest.raises(Forbidden, match="administrator"):
            await client.jsonrpc.call("schedule.delete", {"id": "x"})
        users = {user["email"]: user["id"] for user in fake.xo.store.every("users")}
        fake.xo.rpc.legacy_acls[users["operator@example.org"], machine["id"]] = "operate"
        with pytest.raises(Exception, match="administrators only"):
            await client.jsonrpc.call("vm.ejectCd", {"id": machine["id"]})


async def test_a_console_needs_a_token_and_a_running_machine(fake: FakeXo):
    async with client_of(fake, username="admin@example.org", password=fake.password) as client:
        with pytest.raises(ConfigError, match="need a token"):
            async with client.jsonrpc.console("x"):
                pass
    async with client_of(fake) as client:
        with pytest.raises(Unreachable):
            async with client.jsonrpc.console(halted(fake)["id"]):
                pass
        async with client.jsonrpc.console(fake.find("vms", power_state="Running")["id"]) as socket:
            assert await socket.recv() == b"RFB 003.008\n"


@pytest.mark.parametrize(
    "sent",
    [
        "no json",
        json.dumps({"id": 1, "method": "system.getVersion"}),
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": "system.getServerVersion", "params": None}),
        json.dumps({"jsonrpc": "2.0", "id": None, "method": "system.getServerVersion"}),
    ],
)
async def test_the_fake_answers_some_messages_never_as_xo_does(fake: FakeXo, sent: str):
    async with client_of(fake) as client:
        socket = await client.jsonrpc._open("/api/")
        await socket.send(sent)
        with pytest.raises(TimeoutError):
            async with timeout(0.2):
                await socket.recv()
        await socket.close()


@asynccontextmanager
async def timeout(seconds: float) -> AsyncIterator[None]:
    with anyio.fail_after(seconds):
        yield


def recorded() -> list[dict[str, Any]]:
    files = map(Path(__file__).with_name, ("jsonrpc_errors.json", "backup_errors.json"))
    return [entry for file in files for entry in json.loads(file.read_text())]


def wording() -> Callable[[str, Any], Exception]:
    def clean(text: str, limit: int = 500) -> str:
        return one_line(without_internals(text), limit).rstrip(".: ")

    return Wording(clean).refusal


INNER = re.compile(
    r"OpaqueRef|XapiError|TypeError|<omitted>|file:///|\s{2,}at |stack|\bcall\b|<secret token>|"
    r"/opt/|/run/|/backups/|--\w+="
)
"""What never reaches a model: stacks, calls, references, secrets, paths and commands of XO's machine."""


@pytest.mark.parametrize("entry", recorded(), ids=lambda entry: f"{entry['method']} {entry['error'].get('code')}")
def test_errors_that_a_real_xo_answered_become_words(entry: dict[str, Any]):
    error = wording()(entry["method"], entry["error"])
    assert (type(error).__name__, getattr(error, "code", None)) == (entry["kind"], entry["code"])
    assert entry["said"] in str(error)
    assert not INNER.search(str(error))


def test_the_library_is_not_loaded_before_it_is_needed():
    program = "import sys, xo_mcp.server.serve, xo_mcp.xo, xo_mcp.session; print('websockets' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

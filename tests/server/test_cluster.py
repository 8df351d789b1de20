"""Two workers on two machines, as far as addresses tell, share what must hold for both: through a real Redis."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import anyio
import httpx2
import pytest
from anyio.abc import TaskStatus
from fake_xo import running_fake_xo
from fake_xo.server import FakeXo
from listener import Served
from serving import ERAS, Person, http_server, over_http, text_of, variables
from store import RealStore, real_store
from team import BEARER
from xo_mcp.cluster.connection import check_url
from xo_mcp.cluster.store import FullError, Limit, Store
from xo_mcp.config.config import resolve
from xo_mcp.errors import CallError, ConfigError
from xo_mcp.program.doctor import examine
from xo_mcp.program.inspection import config_report
from xo_mcp.safety.quotas import QUOTAS, Busy, Quotas
from xo_mcp.server.serve import build

pytestmark = pytest.mark.anyio
ADDRESSES = ("127.0.0.2", "127.0.0.3")
KEY = b"k" * 40
HELLO = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with running_fake_xo(vms=4) as fake:
        yield fake


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealStore]:
    with real_store(tmp_path_factory.mktemp("store")) as running:
        yield running


def settings_of(folder: Path, xo: FakeXo, store: RealStore, **changes: str) -> dict[str, str]:
    """Of one machine: its own folder, its own copy of the secret, which it can't write beside."""
    folder.mkdir()
    (folder / "key").write_bytes(KEY)
    (folder / "clients").write_text("".join(f"{name} {token}\n" for name, token in BEARER.items()))
    usual = {
        "XO_MCP_SHARED_STATE": store.url,
        "XO_MCP_CONFIRM_KEY_FILE": str(folder / "key"),
        "XO_MCP_AUTH_TOKEN_FILE": str(folder / "clients"),
        "XO_MCP_ALLOWED_HOSTS": "127.0.0.1,127.0.0.2,127.0.0.3",
    }
    return variables(xo, **usual | changes)


@pytest.fixture(scope="module")
def workers(
    package: Path, xo: FakeXo, store: RealStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Served]]:
    folder = tmp_path_factory.mktemp("machines")
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                http_server(
                    package, settings_of(folder / f"machine-{at}", xo, store), "--host", at, "--rate-limit", "0"
                )
            )
            for at in ADDRESSES
        ]


def test_they_are_two_processes_at_two_addresses(workers: list[Served]):
    assert [served.url.split(":")[1].strip("/") for served in workers] == list(ADDRESSES)
    assert len({served.pid for served in workers}) == len(workers)


@pytest.mark.parametrize("era", ERAS)
async def test_a_confirmation_of_one_worker_is_good_at_the_other_and_once_for_both(
    workers: list[Served], xo: FakeXo, era: str
):
    one, other = workers
    vm = str(xo.find("vms")["id"])
    async with over_http(one, token=BEARER["alice"], era=era) as client:
        asked = (await client.call_tool("delete_vm", {"id": vm})).structured_content
    assert asked
    outcomes: list[str] = []

    async def redeem(served: Served) -> None:
        async with over_http(served, token=BEARER["alice"], era=era) as client:
            answer = await client.call_tool("delete_vm", {"id": vm, "confirm_token": asked["confirm_token"]})
            outcomes.append(text_of(answer) if answer.is_error else "done")

    async with anyio.create_task_group() as tasks:
        for number in range(8):
            tasks.start_soon(redeem, (one, other)[number % 2])
    assert outcomes.count("done") == 1
    refused = [text for text in outcomes if text != "done"]
    # A late one may find the VM deleted before it is asked whether the confirmation is used.
    assert all("used before" in text or "no such" in text.lower() or "not" in text.lower() for text in refused)
    assert len([seen for seen in xo.requests if seen.method == "DELETE" and vm in seen.path]) == 1


async def test_a_question_of_one_worker_is_answered_at_the_other(workers: list[Served], xo: FakeXo):
    vm = str(xo.find("vms")["id"])
    person = Person(confirm=False)
    async with over_http(workers[1], token=BEARER["alice"], era="auto", person=person) as client:
        declined = await client.call_tool("delete_vm", {"id": vm})
    assert declined.is_error
    assert person.asked


async def test_a_client_has_one_rate_for_all_workers(package: Path, xo: FakeXo, store: RealStore, tmp_path: Path):
    headers = {"Accept": "application/json, text/event-stream", "Authorization": f"Bearer {BEARER['rita']}"}
    with ExitStack() as stack:
        one, other = (
            stack.enter_context(
                http_server(package, settings_of(tmp_path / at, xo, store), "--host", at, "--rate-limit", "4")
            )
            for at in ADDRESSES
        )
        async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
            # A quarter of a minute's requests at once: one, and the next in 15 seconds.
            assert (await http.post(one.url, json=HELLO)).status_code == 200
            refused = await http.post(other.url, json=HELLO)
            assert refused.status_code == 429
            assert 0 < int(refused.headers["Retry-After"]) <= 15
            http.headers["Authorization"] = f"Bearer {BEARER['olga']}"
            assert (await http.post(other.url, json=HELLO)).status_code == 200


async def test_calls_under_way_are_counted_together_and_a_dead_worker_s_are_forgotten(store: RealStore):
    limit = Limit("reads of alice", 2)
    one, other = Store(store.url, KEY, lease=3), Store(store.url, KEY, lease=3)
    crashed = Store(store.url, KEY, lease=3)
    idle = 600.0  # seconds: longer than the test
    async with (
        one.running(idle),
        crashed.running(idle),
        other.running(renewal=0.2),
        anyio.create_task_group() as tasks,
    ):
        async with one.counted([limit]), other.counted([limit]):
            with pytest.raises(FullError):
                async with one.counted([limit]):
                    pass
            async with one.counted([Limit("reads of bob", 2)]):
                pass

        async def held(by: Store, *, task_status: TaskStatus[None]) -> None:
            async with by.counted([limit]):
                task_status.started()
                await anyio.sleep_forever()

        await tasks.start(held, other)
        await tasks.start(held, crashed)  # never renewed, so that it ends after what began before it
        with anyio.fail_after(10):
            while True:
                try:
                    async with one.counted([limit]):
                        break  # the crashed one's is forgotten, the living one's is not
                except FullError:
                    await anyio.sleep(0.1)
        with pytest.raises(FullError):
            async with one.counted([Limit(limit.name, 1)]):
                pass
        tasks.cancel_scope.cancel()


async def test_quotas_of_a_client_hold_at_all_workers(store: RealStore):
    shared = Store(store.url, KEY)
    one, other = Quotas(shared), Quotas(shared)
    most = QUOTAS["download"].each
    async with anyio.create_task_group() as tasks, shared.running():
        running = anyio.Event()
        count = 0

        async def call(quotas: Quotas) -> None:
            nonlocal count
            async with quotas.taken_everywhere("download", "alice"):
                count += 1
                if count == most:
                    running.set()
                await anyio.sleep_forever()

        for number in range(most):
            tasks.start_soon(call, (one, other)[number % 2])
        await running.wait()
        with pytest.raises(Busy, match="at all workers together"):
            async with one.taken_everywhere("download", "alice"):
                pass
        async with one.taken_everywhere("download", "bob"):
            pass
        tasks.cancel_scope.cancel()


async def test_services_with_other_secrets_share_nothing(store: RealStore):
    one, other = Store(store.url, KEY), Store(store.url, b"o" * 40)
    async with one.running(), other.running():
        assert await one.use_once("same", 60)
        assert await other.use_once("same", 60)
        assert not await one.use_once("same", 60)


async def test_nothing_that_is_stored_reveals_who_or_what(store: RealStore, workers: list[Served]):
    del workers
    from redis.asyncio import Redis

    async with Redis.from_url(store.url, decode_responses=True) as redis:
        keys = [key async for key in redis.scan_iter()]
    assert keys
    assert not [key for key in keys if any(word in key for word in ("alice", "rita", "delete_vm", *BEARER.values()))]


async def test_without_the_store_nothing_is_confirmed_and_reads_go_on(
    package: Path, xo: FakeXo, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
):
    vm = str(xo.find("vms")["id"])
    with real_store(tmp_path_factory.mktemp("going")) as going:
        audit = tmp_path / "audit"
        settings = settings_of(tmp_path / "machine", xo, going, XO_MCP_AUDIT_LOG=str(audit))
        with http_server(package, settings) as served:
            async with over_http(served, token=BEARER["alice"]) as client:
                asked = (await client.call_tool("delete_vm", {"id": vm})).structured_content
                assert asked
                going.process.kill()
                going.process.wait()
                assert not (await client.call_tool("list_vms", {"limit": 1})).is_error
                refused = await client.call_tool("delete_vm", {"id": vm, "confirm_token": asked["confirm_token"]})
                assert refused.is_error
                assert "Nothing was done" in text_of(refused)
                assert "--shared-state" in text_of(refused)
            assert xo.find("vms", id=vm)
            assert any("each worker counts for itself" in line for line in served.lines)
        assert "store-password" not in "".join(served.lines) + audit.read_text()
        assert json.loads(audit.read_text().splitlines()[-1])["outcome"] == "refused"


async def test_a_missing_store_is_reported(store: RealStore):
    await Store(store.url, KEY).check()
    with pytest.raises(CallError, match="can't be reached"):
        await Store("redis://127.0.0.1:9/0", KEY).check()
    wrong = store.url.replace("store-password", "planted-wrong-password")
    with pytest.raises(CallError) as caught:
        await Store(wrong, KEY).check()
    assert "planted-wrong-password" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "source", "part"),
    [
        ("http://store", "--shared-state", "must start with redis"),
        ("redis://[", "--shared-state", "is not a URL"),
        ("redis://:planted-password@store", "--shared-state", "shows the store's password"),
    ],
)
def test_a_wrong_url_is_reported_without_a_password(url: str, source: str, part: str):
    with pytest.raises(ConfigError, match=part) as caught:
        check_url(url, source)
    assert "planted-password" not in str(caught.value)


def test_the_store_needs_the_workers_secret(xo: FakeXo):
    config = resolve({}, variables(xo, XO_MCP_SHARED_STATE="redis://127.0.0.1:9/0"))
    with pytest.raises(ConfigError, match="needs --confirm-key-file"):
        build(config)


def test_doctor_asks_the_store_and_nobody_shows_its_password(xo: FakeXo, store: RealStore, tmp_path: Path):
    config = resolve({"transport": "http"}, settings_of(tmp_path / "here", xo, store))
    found = {result.check: result for result in examine(config)}
    assert found["shared state"].state == "ok"
    assert "store-password" not in config_report(config) + repr(config)
    away = resolve({}, settings_of(tmp_path / "away", xo, store, XO_MCP_SHARED_STATE="redis://127.0.0.1:9/0"))
    assert {result.check: result for result in examine(away)}["shared state"].state == "fail"

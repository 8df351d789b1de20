"""`/readyz`: whether calls would work now, for anybody who asks, without asking XO each time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from asking import client_of
from fake_xo.server import FakeXo
from serving import Served, http_server, variables
from team import team_file
from xo_mcp.errors import ConfigError
from xo_mcp.server import readiness
from xo_mcp.server.readiness import Readiness

pytestmark = pytest.mark.anyio


@pytest.fixture
def xo() -> Iterator[FakeXo]:
    with FakeXo(vms=2, lag=0) as fake:
        yield fake


def ask(served: Served) -> tuple[int, dict[str, Any]]:
    answer = httpx2.get(f"{served.base}/readyz", timeout=30)
    return answer.status_code, answer.json()


def lists_of_pools(xo: FakeXo) -> int:
    return sum(seen.path == "/rest/v0/pools" for seen in xo.requests)


def test_many_balancers_are_one_question_to_xo(package: Path, xo: FakeXo):
    with http_server(package, variables(xo)) as served, ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: ask(served), range(60)))
        ready, _ = ask(served)
    # On a busy machine the first answer of XO may take longer than they wait.
    assert [answer for status, answer in answers if status != 200 and answer["reason"] != "no_answer_yet"] == []
    assert ready == 200
    assert 1 <= lists_of_pools(xo) <= 3


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"XO_TOKEN": "no-such-token"}, "xo_refuses_credentials"),
        ({"XO_URL": "http://127.0.0.1:9"}, "xo_unreachable"),
    ],
)
def test_it_says_why_no_call_would_work(package: Path, xo: FakeXo, settings: dict[str, str], reason: str):
    with http_server(package, variables(xo, **settings)) as served:
        seen = [ask(served)]
        while seen[-1][1]["reason"] in {"no_answer_yet", "starting"} and len(seen) < 10:
            seen.append(ask(served))
        assert httpx2.get(f"{served.base}/livez").status_code == 200
    status, reported = seen[-1]
    assert (status, reported) == (503, {"status": "unavailable", "reason": reason})


async def becomes(ready: Readiness, reason: str | None) -> None:
    for _ in range(1_000):
        if await ready.unready() == reason:
            return
        await anyio.sleep(0.02)
    raise AssertionError(await ready.unready())


async def test_an_xo_that_hangs_keeps_nobody_waiting(xo: FakeXo, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(readiness, "PATIENCE", 0.05)
    monkeypatch.setattr(readiness, "LONGEST", 0.3)
    monkeypatch.setattr(readiness, "FRESH", 0.01)
    monkeypatch.setattr(readiness, "STALE", 0.2)
    xo.fault("GET /pools", "hang", times=None)
    ready = Readiness()
    async with client_of(xo.url, token=xo.admin_token) as client, anyio.create_task_group() as tasks:
        tasks.start_soon(ready.watch, client)
        assert await ready.unready() == "no_answer_yet"
        await becomes(ready, "xo_unreachable")
        xo.xo.faults.clear()
        # That XO is back is found out by itself.
        await becomes(ready, None)
        tasks.cancel_scope.cancel()


async def test_a_session_that_can_not_be_opened_is_reported_at_once():
    ready = Readiness()
    ready.give_up(ConfigError("the token file is missing"))
    assert await ready.unready() == "configuration"


def at_last(served: Served) -> tuple[int, dict[str, Any]]:
    """The answer once there is one."""
    seen = ask(served)
    for _ in range(10):
        if seen[1].get("reason") not in {"no_answer_yet", "starting"}:
            break
        seen = ask(served)
    return seen


@pytest.mark.parametrize(
    ("good", "status"), [((True, True), 200), ((False, True), 200), ((True, False), 200), ((False, False), 503)]
)
def test_of_several_xos_one_that_works_is_enough(
    package: Path, xo: FakeXo, tmp_path: Path, good: tuple[bool, bool], status: int
):
    (tmp_path / "token").write_text(xo.admin_token)
    lines = [
        f'[xo{number}]\nurl = "{xo.url if works else "http://127.0.0.1:9"}"\ntoken_file = "token"'
        for number, works in enumerate(good)
    ]
    (tmp_path / "all.toml").write_text("\n".join(lines))
    with http_server(package, {"XO_MCP_INSTANCES": str(tmp_path / "all.toml")}) as served:
        found, reported = at_last(served)
    assert found == status
    assert reported.get("reason") == (None if status == 200 else "xo_unreachable")


@pytest.mark.parametrize(("reachable", "mcp"), [(True, True), (True, False), (False, True)])
def test_where_everybody_has_an_own_token_xo_is_asked_without_one(
    package: Path, tmp_path: Path, reachable: bool, mcp: bool
):
    with FakeXo(vms=1, mcp_enabled=mcp) as own:
        settings = variables(
            own,
            XO_URL=own.url if reachable else "http://127.0.0.1:9",
            XO_MCP_AUTH_TOKEN_FILE=str(team_file(tmp_path, own)),
            XO_MCP_REQUIRE_OWN_IDENTITY="1",
        )
        del settings["XO_TOKEN"]
        with http_server(package, settings) as served:
            found, reported = at_last(served)
        assert found == (200 if reachable and mcp else 503)
        expected = None if reachable and mcp else "xo_disabled_mcp" if reachable else "xo_unreachable"
        assert reported.get("reason") == expected
        assert not [seen for seen in own.requests if seen.user or "cookie" in str(seen.headers).lower()]

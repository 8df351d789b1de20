"""One statement over several XOs: rows, sums, orders and joins are those of all, worked out from the fakes' records."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from asking import client_of
from fake_xo import running_fake_xo
from fake_xo.server import FakeXo
from newest import SPECS
from xo_mcp.errors import ArgumentError, CallError
from xo_mcp.inventory.engine import Inventory
from xo_mcp.inventory.execution import Found, Limits
from xo_mcp.inventory.tables import catalog
from xo_mcp.inventory.together import run_together
from xo_mcp.program.cli import main

pytestmark = pytest.mark.anyio
DOWN = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def xos() -> Iterator[dict[str, FakeXo]]:
    # The first two know the very same pools, as two XOs in front of one pool do; a name that SQL must quote.
    with (
        running_fake_xo(vms=9, seed=7, lag=0) as one,
        running_fake_xo(vms=9, seed=7, lag=0) as twin,
        running_fake_xo(vms=4, seed=11, lag=0) as other,
    ):
        twin.xo.store.update("vms", twin.find("vms")["id"], name_label="renamed at the twin")
        yield {"one": one, "twin": twin, "o'ther": other}


@asynccontextmanager
async def fleets(xos: dict[str, Any]) -> AsyncIterator[dict[str, Inventory]]:
    async with AsyncExitStack() as stack:
        found = {}
        for name, xo in xos.items():
            url, token = (xo, "x") if isinstance(xo, str) else (xo.url, xo.admin_token)
            client = await stack.enter_async_context(client_of(url, token=token))
            found[name] = await stack.enter_async_context(Inventory(client))
        yield found


async def asked(xos: dict[str, Any], sql: str, **limits: Any) -> Found:
    async with fleets(xos) as inventories:
        return await run_together(inventories, sql, limits=Limits(**{"rows": 1_000, **limits}))


async def alone(xo: FakeXo, sql: str) -> list[tuple[Any, ...]]:
    async with client_of(xo.url, token=xo.admin_token) as client, Inventory(client) as inventory:
        return (await inventory.run(sql, limits=Limits(rows=1_000))).rows


def every(xos: dict[str, FakeXo], collection: str) -> list[tuple[str, Any]]:
    return [(name, each) for name, xo in xos.items() for each in xo.xo.store.every(collection)]


async def test_orders_sums_and_limits_are_joint(xos: dict[str, FakeXo]):
    names = sorted((each["name_label"], name) for name, each in every(xos, "vms"))
    found = await asked(xos, "SELECT name_label, instance FROM vms ORDER BY name_label, instance LIMIT 7 OFFSET 2")
    assert found.rows == names[2:9]
    states = Counter(each["power_state"] for _, each in every(xos, "vms"))
    found = await asked(xos, "SELECT power_state, count(*) FROM vms GROUP BY power_state ORDER BY 1")
    assert found.rows == sorted(states.items())
    memory: dict[str, int] = defaultdict(int)
    for name, each in every(xos, "vms"):
        memory[name] += each["memory"]["size"]
    found = await asked(xos, "SELECT instance, sum(memory_size) FROM vms GROUP BY instance")
    assert dict(found.rows) == memory
    found = await asked(xos, "SELECT instance FROM vms", rows=3)
    assert (len(found.rows), found.more) == (3, True)
    found = await asked(xos, "SELECT count(*) FROM vms WHERE instance = 'o''ther'")
    assert found.rows == [(len(xos["o'ther"].xo.store.every("vms")),)]


async def test_joins_go_by_id_and_instance(xos: dict[str, FakeXo]):
    hosts = {(name, each["id"]): each["name_label"] for name, each in every(xos, "hosts")}
    expected = sorted(
        (name, each["name_label"], hosts[name, each["$container"]])
        for name, each in every(xos, "vms")
        if (name, each["$container"]) in hosts
    )
    sql = (
        "SELECT v.instance, v.name_label, h.name_label FROM vms v JOIN hosts h ON h.id = v.container "
        "AND h.instance = v.instance ORDER BY 1, 2, 3"
    )
    assert (await asked(xos, sql)).rows == expected


@pytest.mark.parametrize("view", [name for name, source in catalog().sources.items() if source.sql])
async def test_each_view_answers_what_each_xo_answers_by_itself(xos: dict[str, FakeXo], view: str):
    found = await asked(xos, f"SELECT * FROM {view}")
    assert found.columns == ("instance", *catalog().sources[view].columns)
    expected = Counter(
        {
            (name, *row): count
            for name, xo in xos.items()
            for row, count in Counter(await alone(xo, f"SELECT * FROM {view}")).items()
        }
    )
    # Statistics go on while they are asked for.
    if view in {"vm_load", "host_load"}:
        assert Counter(row[:3] for row in found.rows) == Counter(row[:3] for row in expected.elements())
    else:
        assert Counter(found.rows) == expected


async def test_only_what_is_needed_is_fetched(xos: dict[str, FakeXo]):
    before = {name: len(xo.requests) for name, xo in xos.items()}
    running = xos["one"].find("vms", power_state="Running")
    found = await asked(xos, f"SELECT instance, cpu_avg FROM vm_load WHERE id = '{running['id']}'")
    assert {row[0] for row in found.rows} == {"one", "twin"}
    for name, xo in xos.items():
        seen = [each for each in xo.requests[before[name] :] if each.path.startswith("/rest/v0/vms")]
        assert sum(each.path.endswith("/stats") for each in seen) == (name != "o'ther")
        (listed,) = (each for each in seen if each.path == "/rest/v0/vms")
        assert "memory" not in listed.query


@pytest.mark.breaks_contract("one XO is older than the table")
async def test_one_that_is_down_or_lacks_a_table_hurts_no_other(xos: dict[str, FakeXo]):
    with running_fake_xo(vms=1, spec=SPECS / "xo-6.1.2.json") as old:
        some = {"away": DOWN, "one": xos["one"], "old": old}
        found = await asked(some, "SELECT instance, count(*) FROM vms GROUP BY instance")
        assert dict(found.rows) == {"one": len(xos["one"].xo.store.every("vms")), "old": 1}
        assert any(note.startswith("away is missing: ") for note in found.notes)
        found = await asked(some, "SELECT instance, name FROM acl_roles")
        assert {row[0] for row in found.rows} == {"one"}
        assert any(note.startswith("old is missing: This XO has no table acl_roles") for note in found.notes)
    with pytest.raises(CallError):
        await asked({"away": DOWN, "gone": DOWN}, "SELECT id FROM vms")


async def test_lookups_that_fail_at_one_are_said(xos: dict[str, FakeXo]):
    xos["twin"].fault("GET /vms/{id}/stats", "close", times=None)
    try:
        found = await asked(xos, "SELECT instance, id, cpu_avg FROM vm_load")
    finally:
        xos["twin"].xo.faults.clear()
    known = {row[0] for row in found.rows if row[2] is not None}
    assert {"one"} <= known
    assert "twin" not in known
    assert any("twin" in note and ("could not be read" in note or "is missing" in note) for note in found.notes)


@pytest.mark.parametrize(
    ("sql", "part"),
    [
        ("SELECT nothing FROM vms", "nothing"),
        ("SELECT id FROM vmz", "vmz"),
        ("DELETE FROM vms", "Only one SELECT"),
        ('SELECT id FROM "vm_load@0"', "vm_load@0"),
        ("SELECT _measure('0 vm_load', 'x', 'cpu_avg', '')", "may not be used"),
        ("SELECT load_extension('x')", "may not be used"),
        ("SELECT * FROM sqlite_master", "SQLite's own"),
        ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n", "ran longer"),
    ],
)
async def test_what_is_refused_for_one_is_refused_for_all(xos: dict[str, FakeXo], sql: str, part: str):
    with pytest.raises(ArgumentError, match=part):
        await asked(xos, sql, seconds=0.2)


def test_the_command_line_asks_one_or_all(
    tmp_path: Path, xos: dict[str, FakeXo], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    lines = []
    for name in ("one", "twin"):
        (tmp_path / f"{name}.token").write_text(xos[name].admin_token)
        lines += [f'[{name}]\nurl = "{xos[name].url}"\ntoken_file = "{name}.token"']
    (tmp_path / "down.token").write_text("x")
    (tmp_path / "all.toml").write_text("\n".join([*lines, f'[down]\nurl = "{DOWN}"\ntoken_file = "down.token"']))
    monkeypatch.setenv("XO_MCP_INSTANCES", str(tmp_path / "all.toml"))
    count = len(xos["one"].xo.store.every("vms"))
    query = [
        "query",
        "SELECT instance, count(*) AS vms FROM vms GROUP BY instance",
        "--format",
        "csv",
        "--instance",
        "*",
    ]
    assert main(query) == 0
    out = capsys.readouterr()
    assert out.out.splitlines() == ["instance,vms", f"one,{count}", f"twin,{count}"]
    assert "down is missing" in out.err
    assert main(["query", "SELECT count(*) AS vms FROM vms", "--format", "csv", "--instance", "one"]) == 0
    assert capsys.readouterr().out.splitlines() == ["vms", str(count)]
    assert main(["report", "summarize_inventory", "--instance", "*", "--format", "markdown"]) == 0
    out = capsys.readouterr()
    assert "|instance|" in out.out.replace(" ", "")
    assert {"one", "twin"} <= {line.split("|")[1].strip() for line in out.out.splitlines() if line.startswith("|")}
    assert "down is missing" in out.err
    assert main(["report", "check_health", "--instance", "one"]) == 0
    for wrong in ([], ["--instance", "onn"]):
        assert main(["query", "SELECT 1", *wrong]) == 2
        assert "one of one, twin, down" in capsys.readouterr().err
    monkeypatch.delenv("XO_MCP_INSTANCES")
    assert main(["query", "SELECT 1", "--instance", "one"]) == 2
    assert "--instance goes with --instances" in capsys.readouterr().err

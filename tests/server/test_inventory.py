"""The inventory's tools over the fake XO: what is fetched, what is said of what is missing, in which form rows come."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from fake_xo import FakeXo
from newest import SPECS
from xo_mcp.api.client import Client, ClientSettings
from xo_mcp.config.config import Config, resolve
from xo_mcp.definitions import load_entries
from xo_mcp.errors import ArgumentError
from xo_mcp.inventory import answers, engine, execution, guide
from xo_mcp.inventory.continuing import rest_of
from xo_mcp.inventory.tables import catalog
from xo_mcp.server.presentation import Presented, present
from xo_mcp.session import opened
from xo_mcp.types import Call
from xo_mcp.xo import Xo

pytestmark = pytest.mark.anyio
OLD = "5.110"
"""A release that lacks backup jobs, which came with 5.111."""


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with FakeXo(vms=40, lag=0) as found:
        yield found


def configured(fake: FakeXo, user: str = "admin", **more: Any) -> Config:
    return resolve({"url": fake.url, **more}, {"XO_TOKEN": fake.tokens[user]})


class Tools:
    """The inventory's tools, their answers as a client sees them."""

    def __init__(self, xo: Xo, budget: int) -> None:
        self._xo = xo
        self._budget = budget

    async def query_inventory(self, **arguments: Any) -> Presented:
        return present(await self._xo.query_inventory(**arguments), self._budget)

    async def describe_inventory(self, **arguments: Any) -> Presented:
        return present(await self._xo.describe_inventory(**arguments), self._budget)


@asynccontextmanager
async def facade(fake: FakeXo, user: str = "admin", **more: Any) -> AsyncIterator[Tools]:
    config = configured(fake, user, **more)
    async with opened(config) as session:
        yield Tools(Xo(session), config.output_budget)


async def query(fake: FakeXo, sql: str, user: str = "admin", **more: Any) -> execution.Found:
    async with Client(ClientSettings(url=fake.url, token=fake.tokens[user])) as client:
        return await engine.run(client, sql, **more)


def files_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def asked(fake: FakeXo, since: int) -> list[str]:
    """The requests since then, path and query."""
    return [seen.target.decode() for seen in fake.requests[since:]]


async def test_only_the_columns_that_are_read_are_fetched(fake: FakeXo):
    before = len(fake.requests)
    sql = "SELECT h.name_label, sum(v.memory_size) FROM vms v JOIN hosts h ON h.id = v.container GROUP BY 1"
    await query(fake, sql)
    assert sorted(asked(fake, before)) == [
        "/rest/v0/hosts?fields=id%2Cname_label",
        "/rest/v0/vms?fields=id%2C%24container%2Cmemory.size",
    ]


async def test_a_whole_table_is_one_request(fake: FakeXo):
    before = len(fake.requests)
    found = await query(fake, "SELECT * FROM vms", limits=execution.Limits(rows=1_000))
    assert asked(fake, before) == ["/rest/v0/vms?fields=%2A"]
    assert len(found.rows) == 40
    assert found.columns[0] == "id"


async def test_parameters_are_bound(fake: FakeXo):
    vm = fake.xo.store.every("vms")[3]
    found = await query(fake, "SELECT id FROM vms WHERE name_label = :name", parameters={"name": vm["name_label"]})
    assert found.rows == [(vm["id"],)]
    found = await query(fake, "SELECT id FROM vms WHERE name_label = ?", parameters=("x' OR 1 = 1 --",))
    assert found.rows == []


async def test_statements_of_one_call_share_what_was_fetched(fake: FakeXo):
    settings = ClientSettings(url=fake.url, token=fake.admin_token)
    async with Client(settings) as client, engine.Inventory(client) as inventory:
        before = len(fake.requests)
        await inventory.run("SELECT name_label, power_state FROM vms")
        await inventory.run("SELECT power_state, count(*) FROM vms GROUP BY 1")
        assert len(asked(fake, before)) == 1
        await inventory.run("SELECT name_label, tags FROM vms")
        assert asked(fake, before)[1:] == ["/rest/v0/vms?fields=id%2Cname_label%2Cpower_state%2Ctags"]


async def test_values_are_as_sql_counts_them(fake: FakeXo):
    vm = fake.find("vms", power_state="Running")
    sql = f"SELECT auto_poweron, startTime, tags, addresses, blockedOperations FROM vms WHERE id = '{vm['id']}'"
    (row,) = (await query(fake, sql)).rows
    assert row[:2] == (int(vm["auto_poweron"]), vm["startTime"])
    assert [json.loads(str(value)) for value in row[2:]] == [vm["tags"], vm["addresses"], vm["blockedOperations"]]
    task = fake.xo.store.every("tasks")[0]
    found = await query(fake, f"SELECT start, end - start FROM tasks WHERE id = '{task['id']}'")
    assert found.rows == [(task["start"] / 1000, pytest.approx((task["end"] - task["start"]) / 1000))]


@pytest.mark.parametrize(("question", "sql"), guide.EXAMPLES)
async def test_every_statement_of_the_guide_works(fake: FakeXo, question: str, sql: str):
    assert question
    found = await query(fake, sql)
    assert found.columns


async def test_only_objects_that_matter_are_asked_for_their_load(fake: FakeXo):
    running = [vm for vm in fake.xo.store.every("vms") if vm["power_state"] == "Running"]
    wanted = {vm["id"] for vm in running if vm["name_label"].startswith("db-")}
    sql = "SELECT v.name_label, l.cpu_avg FROM vms v LEFT JOIN vm_load l ON l.id = v.id WHERE v.name_label LIKE 'db-%'"
    before = len(fake.requests)
    found = await query(fake, sql)
    requests = [seen for seen in asked(fake, before) if "/stats" in seen]
    assert {target.split("/")[4] for target in requests} == wanted
    assert len(requests) == len(wanted) < len(running)
    assert any(f"asked XO about {len(wanted)} objects" in note for note in found.notes)
    assert sum(row[1] is not None for row in found.rows) == len(wanted)


async def test_load_is_asked_for_one_vm_of_a_host_after_the_other(fake: FakeXo):
    fault = fake.fault("GET /vms/{id}/stats", "slow", seconds=0.02, times=1_000)
    hosts = {vm["id"]: vm["$container"] for vm in fake.xo.store.every("vms")}
    busy: dict[str, int] = {}
    worst: dict[str, int] = {}
    original = Client.request

    async def watched(self: Client, call: Call, **more: Any) -> Any:
        if not call.route.endswith("/stats"):
            return await original(self, call, **more)
        host = hosts[call.path["id"]]
        busy[host] = busy.get(host, 0) + 1
        worst[host] = max(worst.get(host, 0), busy[host])
        try:
            return await original(self, call, **more)
        finally:
            busy[host] -= 1

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "request", watched)
        await query(fake, "SELECT max(cpu_avg) FROM vm_load")
    fake.xo.faults.clear()
    assert fault
    assert worst == dict.fromkeys(worst, 1)
    assert len(worst) == 2


async def test_a_vm_that_can_not_be_measured_is_mentioned(fake: FakeXo):
    fake.fault("GET /vms/{id}/stats", "status-403", times=1)
    try:
        found = await query(fake, "SELECT count(cpu_avg), count(*) FROM vm_load")
    finally:
        fake.xo.faults.clear()
    (measured, running) = found.rows[0]
    assert measured == int(str(running)) - 1
    assert any("1 of them could not be read" in note for note in found.notes)


async def test_too_many_requests_are_refused_before_any(fake: FakeXo, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("xo_mcp.inventory.lookups.MOST", 5)
    before = len(fake.requests)
    with pytest.raises(ArgumentError, match="requests, one for each row of vm_load; 5 are allowed"):
        await query(fake, "SELECT cpu_avg FROM vm_load")
    assert not any("/stats" in target for target in asked(fake, before))


async def test_secrets_are_no_columns(fake: FakeXo):
    names = {(name, column) for name, source in catalog().sources.items() for column in source.columns}
    assert not {column for _, column in names} & {"pw_hash", "password", "token", "preferences", "xapiRef", "_xapiRef"}
    repository = fake.xo.store.every("backup-repositories")[0]
    changed = repository | {"url": "smb://backup:hunter2-planted@nas/share", "options": "password=hunter2-planted"}
    fake.xo.store.seed("backup-repositories", [changed])
    try:
        found = await query(
            fake, "SELECT substr(url, 14), substr(options, 10), replace(url, '@', ' ') FROM backup_repositories"
        )
    finally:
        fake.xo.store.seed("backup-repositories", [repository])
    assert "hunter2" not in json.dumps(found.rows)


async def test_text_is_compared_as_xo_has_it_and_shown_harmless(fake: FakeXo):
    vm = fake.xo.store.every("vms")[0]
    name = "we\u202eb\x1b[2J"
    fake.xo.store.seed("vms", [vm | {"name_label": name}])
    try:
        async with facade(fake) as xo:
            answer = await xo.query_inventory(
                sql=f"SELECT name_label, length(name_label) FROM vms WHERE id = '{vm['id']}'"
            )
    finally:
        fake.xo.store.seed("vms", [vm])
    assert answer.data["rows"] == [["we\\u202eb\\x1b[2J", len(name)]]


async def test_ids_in_upper_case_are_read_in_lower_case(fake: FakeXo):
    vm = fake.find("vms")
    async with facade(fake) as xo:
        for sql, rows in (
            (f"SELECT name_label FROM vms WHERE id = '{vm['id'].upper()}'", [[vm["name_label"]]]),
            (f"SELECT count(*) FROM vms WHERE uuid IN ('x', '{vm['id'].upper()}')", [[1]]),
        ):
            shown = await xo.query_inventory(sql=sql)
            assert shown.data["rows"] == rows
            assert "ids are in lower case" in " ".join(shown.notes)
        # A text that is no id is compared as it is.
        for sql in (
            f"SELECT count(*) FROM vms WHERE upper(id) = '{vm['id'].upper()}'",
            f"SELECT id FROM vms WHERE name_label = '{vm['id'].upper()}'",
        ):
            assert (await xo.query_inventory(sql=sql)).notes == ()


async def test_an_empty_table_says_why_that_may_be(fake: FakeXo):
    found = await query(fake, "SELECT count(*) FROM vms", user="nobody")
    assert found.rows == [(0,)]
    assert any(note.startswith("Empty: vms.") and "privilege `vm:read`" in note for note in found.notes)
    found = await query(fake, "SELECT count(*) FROM schedules", user="nobody")
    assert any(note.startswith("Empty: schedules.") for note in found.notes)
    fake.options.pool = "disconnected"
    try:
        found = await query(fake, "SELECT count(*) FROM vms")
    finally:
        fake.options.pool = "connected"
    assert any("pool" in note for note in found.notes)
    assert (await query(fake, "SELECT count(*) FROM vms WHERE name_label = 'none'")).notes == ()


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT memory FROM vms", "did you mean memory_size"),
        ("SELECT v.nam_label FROM vms v", "vms has name_label,"),
        ("SELECT * FROM vm", "did you mean vms"),
        ("SELECT cuont(*) FROM vms", "did you mean count"),
        ("SELECT name_label FROM vms, hosts", "Ambiguous"),
        ("SELECT * FROM", "Incomplete input"),
        ("DROP TABLE vms", "Only one SELECT"),
        ("SELECT :x", "binding"),
    ],
)
async def test_a_mistake_is_reported_with_the_nearest_names(fake: FakeXo, sql: str, expected: str):
    before = len(fake.requests)
    with pytest.raises(ArgumentError) as error:
        await query(fake, sql)
    assert expected.casefold() in str(error.value).casefold()
    assert len(str(error.value)) < 2_000
    assert fake.requests[before:] == []


async def test_rows_beyond_the_limit_and_the_budget_are_reported_and_can_be_had(fake: FakeXo):
    async with facade(fake, output_budget=2_000) as xo:
        sql = "SELECT id, name_label FROM vms ORDER BY id"
        answer = await xo.query_inventory(sql=sql, limit=30)
        seen = list(answer.data["rows"])  # type: ignore[call-overload]
        assert 0 < len(seen) < 30
        assert answer.data["more"] is True
        assert f"OFFSET {len(seen)}" in answer.notes[0]
        while answer.data.get("more"):
            answer = await xo.query_inventory(sql=f"{sql} LIMIT 30 OFFSET {len(seen)}", limit=30)
            seen += answer.data["rows"]  # type: ignore[operator]
            if len(seen) == 30:
                break
        answer = await xo.query_inventory(sql="SELECT id FROM vms", limit=5)
    wanted = sorted((vm["id"], vm["name_label"]) for vm in fake.xo.store.every("vms"))
    assert [tuple(row) for row in seen[:30]] == wanted[:30]
    assert len(answer.data["rows"]) == 5  # type: ignore[arg-type]
    assert "5 rows shown; there are more" in answer.notes[0]


async def test_rows_come_as_json_markdown_and_csv(fake: FakeXo):
    sql = "SELECT 1 AS n, 'a|b' AS t, NULL AS empty_one, '=1+1' AS f"
    async with facade(fake) as xo:
        assert (await xo.query_inventory(sql=sql)).table is None
        table = await xo.query_inventory(sql=sql, format="markdown")
        text = await xo.query_inventory(sql=sql, format="csv")
        with pytest.raises(ArgumentError, match="`format` must be"):
            await xo.query_inventory(sql=sql, format="xml")
    assert table.table == "|n|t|empty_one|f|\n|---|---|---|---|\n|1|a\\|b||=1+1|"
    assert (text.table or "").replace("\r\n", "\n") == "n,t,empty_one,f\n1,a|b,,'=1+1\n"
    assert text.data["rows"] == [[1, "a|b", None, "=1+1"]]


async def test_a_file_needs_a_folder_and_never_replaces_another(fake: FakeXo, tmp_path: Path):
    sql = "SELECT id FROM vms"
    async with facade(fake) as xo:
        before = len(fake.requests)
        with pytest.raises(ArgumentError, match="--download-dir"):
            await xo.query_inventory(sql=sql, filename="x")
        assert fake.requests[before:] == []
    async with facade(fake, download_dir=str(tmp_path)) as xo:
        for _ in range(2):
            answer = await xo.query_inventory(sql=sql, filename="../x")
            assert answer.data["rows"] == 40
    assert files_of(tmp_path) == ["_x (2).csv", "_x.csv"]


async def test_tables_are_described(fake: FakeXo):
    async with facade(fake) as xo:
        listed = (await xo.describe_inventory()).data["tables"]
        assert isinstance(listed, dict)
        assert listed.keys() == catalog().sources.keys()
        assert all(isinstance(about, str) and about for about in listed.values())
        expected = (await xo.describe_inventory(tables=["VMS", "vm_load"])).data["tables"]
        assert isinstance(expected, dict)
        assert list(expected) == ["vms", "vm_load"]
        assert "memory_size number" in str(expected["vms"])
        assert "startTime epoch s" in str(expected["vms"])
        assert "tags json" in str(expected["vms"])
        with pytest.raises(ArgumentError, match="did you mean"):
            await xo.describe_inventory(tables=["vmss"])


@pytest.mark.breaks_contract("the release at hand is not known before it is asked")
async def test_a_table_that_this_xo_lacks_is_unknown_with_the_release_that_has_it():
    with FakeXo(vms=3, lag=0, spec=SPECS / f"xo-{OLD}.json") as old:
        with pytest.raises(ArgumentError, match=r"no table backup_jobs: it came with XO 5\.111"):
            await query(old, "SELECT * FROM backup_jobs")
        found = await query(old, "SELECT count(*) FROM objects WHERE type = 'vms'")
        assert found.rows == [(3,)]
        assert any("backup_jobs" in note and "taken as empty" in note for note in found.notes)
        async with facade(old, xo_release=OLD) as xo:
            before = len(old.requests)
            with pytest.raises(ArgumentError, match=r"no table backup_jobs: it came with XO 5\.111"):
                await xo.query_inventory(sql="SELECT * FROM backup_jobs")
            assert old.requests[before:] == []
            assert "backup_jobs" not in (await xo.describe_inventory()).data["tables"]  # type: ignore[operator]


async def test_a_call_that_is_given_up_ends_its_statement(fake: FakeXo):
    sql = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
    with anyio.move_on_after(0.3) as scope:
        await query(fake, sql)
    assert scope.cancelled_caught
    assert (await query(fake, "SELECT count(*) FROM vms")).rows == [(40,)]


def test_no_cell_of_a_file_is_a_formula():
    text = answers.csv_text(["a"], [["=cmd()"], ["+1"], ["-1"], ["@x"], ["plain"], [-1]])
    assert text.split() == ["a", "'=cmd()", "'+1", "'-1", "'@x", "plain", "-1"]


def test_what_goes_on_after_any_list_can_be_run():
    tables = {
        source.operation: name for name, source in catalog().sources.items() if source.operation and not source.sql
    }
    seen = 0
    for entry in load_entries():
        if entry.facts.operation not in tables:
            continue
        seen += 1
        for properties in ((), ("id",), ("name_label", "memory"), ("nothing",)):
            sql = rest_of(entry.facts.route, properties, 7, newest="start")
            assert sql.endswith("OFFSET 7")
            assert tables[entry.facts.operation] in engine.prepare(sql).tables
    assert seen == len(tables)
    assert rest_of("/vms/{id}/vdis", (), 5) == ""

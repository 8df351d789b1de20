"""Statements that would write, read what is no table, never end, or fill the memory: refused, or ended in time."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xo_mcp.inventory.guard import FUNCTIONS, Table
from xo_mcp.inventory.statement import HEAP, MOST_SQL, Database, Rows, StatementError

TABLES = (
    Table("vms", {"id": "string", "name_label": "string", "memory_size": "number", "power_state": "string"}),
    Table(
        "vm_load", {"id": "any", "cpu": "any"}, "SELECT id, _measure('vm_load', id, 'cpu', '') AS cpu FROM vms"
    ),
)  # fmt: skip
GROWING = "WITH RECURSIVE c(x) AS (SELECT 'aaaaaaaaaa' UNION ALL SELECT x || x FROM c WHERE length(x) < 300000)"
FORBIDDEN = (
    "ATTACH DATABASE '/tmp/stolen.db' AS x",
    "ATTACH ':memory:' AS x",
    "DETACH main",
    "PRAGMA table_info(vms)",
    "PRAGMA hard_heap_limit = 0",
    "PRAGMA writable_schema = 1",
    "SELECT * FROM pragma_table_info('vms')",
    "SELECT * FROM sqlite_master",
    "SELECT count(*) FROM sqlite_schema",
    "SELECT name FROM dbstat",
    "SELECT sql FROM sqlite_stmt",
    "INSERT INTO vms (id) VALUES ('x')",
    "UPDATE vms SET name_label = ''",
    "DELETE FROM vms",
    "DELETE FROM vms RETURNING id",
    "REPLACE INTO vms (id) VALUES ('x')",
    "CREATE TABLE x (y)",
    "CREATE TEMP TABLE x AS SELECT * FROM vms",
    "CREATE VIEW x AS SELECT 1",
    "CREATE TRIGGER t AFTER INSERT ON vms BEGIN SELECT 1; END",
    "CREATE VIRTUAL TABLE x USING fts5(y)",
    "DROP TABLE vms",
    "ALTER TABLE vms RENAME TO x",
    "REINDEX",
    "ANALYZE",
    "VACUUM",
    "VACUUM INTO '/tmp/stolen.db'",
    "BEGIN",
    "COMMIT",
    "SAVEPOINT x",
    "EXPLAIN SELECT 1",
    "EXPLAIN QUERY PLAN SELECT 1",
    "QUERY PLAN SELECT 1",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE vms",
    "SELECT load_extension('x')",
    "SELECT readfile('/etc/passwd')",
    "SELECT writefile('/tmp/x', 'y')",
    "SELECT fts3_tokenizer('simple')",
    "SELECT zeroblob(1000000000)",
    "SELECT randomblob(1000000000)",
    "SELECT sqlite_version()",
    "SELECT sqlite_compileoption_get(1)",
    "SELECT last_insert_rowid()",
    "SELECT _measure('vm_load', '../hosts', 'cpu', '')",
    "SELECT _rows('vm_load', 'x', '')",
    "SELECT 'x' REGEXP 'y'",
    "SELECT 'x' MATCH 'y'",
    "",
    " \n;",
    "-- nothing",
    "/* nothing",
    "SELECT '\0'",
    "SELECT '\ud800'",
    "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
    "SELECT " + "1+" * 7_000 + "1",
    "SELECT " + "hex(" * 40 + "'aaaa'" + ")" * 40,
    "SELECT " + "x" * 1_000_000,
    "SELECT '" + "x" * (MOST_SQL - 8) + "'" + " " * 1_000_000,
    "SELECT * FROM " + ", ".join(f"vms v{n}" for n in range(70)),
    f"{GROWING} SELECT replace(max(x), 'a', max(x)) FROM c",
    f"{GROWING} SELECT trim('b', max(x)) FROM c",
)
ENDLESS = (
    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c",
    "WITH RECURSIVE c(x) AS (SELECT 1 UNION SELECT x + 1 FROM c) SELECT max(x) FROM c",
    "SELECT count(*) FROM vms a, vms b, vms c, vms d",
    "SELECT group_concat(a.id || b.id || c.id) FROM vms a, vms b, vms c",
    "SELECT a.id, b.id, c.id FROM vms a, vms b, vms c ORDER BY 3 DESC, 2, 1",
    "SELECT DISTINCT a.id || b.id || c.id FROM vms a, vms b, vms c ORDER BY 1",
    "SELECT sum(length(x)) FROM (SELECT group_concat(a.id) OVER (ORDER BY a.id, b.id) AS x FROM vms a, vms b)",
    "WITH a AS (SELECT 1 AS x UNION ALL SELECT 1), "
    + ", ".join(f"b{n} AS (SELECT p.x FROM {p} p, {p} q)" for n, p in enumerate(["a", *(f"b{m}" for m in range(39))]))
    + " SELECT count(*) FROM b39",
    "SELECT " + ", ".join(["printf('%900000d', 1)"] * 290),
    f"{GROWING} SELECT sum(instr(a.x, b.x || 'b')) FROM c a, c b, vms d, vms e",
    f"{GROWING} SELECT sum(x LIKE '%a%a%a%a%a%a%a%a%a%b%') FROM c, vms, vms d",
    f"{GROWING} SELECT sum(x GLOB '*a*a*a*a*a*a*[ab]*a*a*b*c') FROM c, vms, vms d",
    f"{GROWING} SELECT {', '.join(['max(upper(x))'] * 280)} FROM c, vms a, vms b",
    f"{GROWING} SELECT count(*) FROM c, json_each('[' || replace(x, 'a', '1,') || '1]'), vms, vms d",
)
LIMIT = 2
"""Seconds after which a statement is ended here; the server gives it more."""
SECONDS = LIMIT + 1
"""Of the processor, which has other work as well."""
STATM = Path("/proc/self/statm")


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    found = Database(TABLES)
    found.fill("vms", ("id", "name_label"), [(f"id-{n}", f"vm-{n}") for n in range(500)])
    yield found
    found.close()


def run(database: Database, sql: str) -> Rows:
    return database.run(sql, most_rows=100, most_bytes=100_000)


def complaint_about(database: Database, sql: str) -> str | None:
    """Why a statement does not run; nothing when it does, with a few rows at most."""
    try:
        found = database.run(sql, {}, most_rows=100, most_bytes=100_000, seconds=LIMIT)
    except StatementError as error:
        return str(error)
    assert len(found.rows) <= 100
    return None


def requires_health(database: Database) -> None:
    assert run(database, "SELECT count(*) FROM vms").rows == [(500,)]


def memory() -> int:
    """Bytes of this process in memory, where the system tells."""
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if STATM.is_file() else 0


class Peak:
    """How much memory the process took at most while a block ran, above what it had before."""

    def __enter__(self) -> Self:
        self.before = self.most = memory()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._done.wait(0.01):
            self.most = max(self.most, memory())

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    @property
    def grown(self) -> int:
        return self.most - self.before


@pytest.mark.parametrize("sql", FORBIDDEN, ids=lambda sql: repr(sql[:60]))
def test_what_does_more_than_read_or_is_too_much_is_refused(database: Database, sql: str):
    assert complaint_about(database, sql)
    requires_health(database)


@pytest.mark.parametrize("sql", ENDLESS, ids=lambda sql: repr(sql[:60]))
def test_what_would_never_end_is_ended_in_time_and_space(database: Database, sql: str):
    started = time.thread_time()
    with Peak() as peak:
        complaint = complaint_about(database, sql)
    assert time.thread_time() - started < SECONDS
    assert complaint is None or any(word in complaint for word in ("longer than", "memory", "too large"))
    assert peak.grown < 64 * 1024 * 1024
    requires_health(database)


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT 1" + " + 1" * 300, "maximum depth"),
        ("SELECT " + ", ".join(["1"] * 400), "Too many columns"),
        (" UNION ALL ".join(["SELECT 1"] * 150), "Too many terms"),
        (f"SELECT max({', '.join(['1'] * 150)})", "Too many arguments"),
        (f"SELECT 'x' LIKE '{'%a' * 300}'", "pattern too complex"),
        ("SELECT group_concat(a.id || b.id) FROM vms a, vms b", "too large"),
    ],
    ids=["depth", "columns", "terms", "arguments", "pattern", "text"],
)
def test_each_part_of_a_statement_is_bounded(database: Database, sql: str, why: str):
    assert why in str(complaint_about(database, sql))


def test_memory_is_bounded_for_all_statements_together():
    assert HEAP < 64 * 1024 * 1024


def test_another_thread_can_stop_a_statement():
    database = Database(TABLES)
    timer = threading.Timer(0.2, database.stop)
    timer.start()
    with pytest.raises(StatementError, match="cancelled"):
        run(database, ENDLESS[0])
    database.close()


WORDS = st.sampled_from(
    """
    SELECT FROM WHERE vms vm_load id * ( ) , ' " ; -- /* UNION ALL WITH RECURSIVE AS ATTACH PRAGMA DELETE INSERT INTO
    sqlite_master json_each 1 NULL ? :a JOIN ON GROUP BY ORDER LIMIT x CASE WHEN load_extension ->> ` [ ] % \\ EXPLAIN
    """.split()  # noqa: SIM905 - as they would be typed
)


@settings(max_examples=300)
@given(st.lists(WORDS | st.text(max_size=6), max_size=25).map(" ".join))
def test_whatever_is_written_answers_or_is_refused(database: Database, sql: str):
    complaint = complaint_about(database, sql)
    assert complaint is None or complaint
    requires_health(database)


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_a_parameter_is_a_value_and_never_sql(database: Database, text: str):
    clean = text.encode(errors="replace").decode()
    found = database.run("SELECT :text", {"text": clean}, most_rows=1, most_bytes=1_000)
    assert found.rows == [(clean,)]


def test_no_listed_function_writes_or_loads():
    assert (
        not {"load_extension", "readfile", "writefile", "zeroblob", "randomblob", "fts3_tokenizer", "eval"} & FUNCTIONS
    )

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from presented import get_record, list_records, plain, read_plain
from small_xo import error, small_xo
from starlette.responses import PlainTextResponse, Response
from xo_mcp.answer import Answer
from xo_mcp.encoding import size
from xo_mcp.errors import ArgumentError, BadRequest, NotFound
from xo_mcp.reads.fields import parse_fields
from xo_mcp.reads.filter_notes import properties, unknown_note
from xo_mcp.reads.records import parse_limit
from xo_mcp.server.presentation import present

pytestmark = pytest.mark.anyio

KNOWN = {"id": "string", "name_label": "string", "power_state": "string", "CPUs": "object", "memory": "object"}
CONNECTED = [{"id": "s", "label": "lab", "status": "connected"}]


def vm(number: int, **more: object) -> dict[str, object]:
    return {"name_label": f"vm {number}", "id": f"vm-{number}", "href": f"/rest/v0/vms/vm-{number}", **more}


async def test_a_list_asks_for_fields_with_id_and_one_more_than_the_limit() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /vms", [vm(1), vm(2)])
        answer = await list_records(
            client, "/vms", fields="name_label,power_state", limit=2, known=KNOWN, filter=" web "
        )
    assert xo.seen[0].query == {"fields": ["id,name_label,power_state"], "limit": ["3"], "filter": ["web"]}
    assert answer.data == {
        "items": [{"id": "vm-1", "name_label": "vm 1"}, {"id": "vm-2", "name_label": "vm 2"}],
        "count": 2,
        "more": False,
    }
    assert answer.notes == ()


async def test_everything_is_asked_for_with_a_star_and_shown_without_href() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /vms", [vm(1, startTime=1794134068)])
        answer = await list_records(client, "/vms", fields="id, *", known=KNOWN)
    assert xo.seen[0].query["fields"] == ["*"]
    assert answer.data["items"] == [
        {"id": "vm-1", "name_label": "vm 1", "startTime": 1794134068, "startTime_iso": "2026-11-08T10:34:28Z"}
    ]
    assert next(iter(answer.data["items"][0])) == "id"


async def test_more_than_the_limit_is_said_and_not_shown() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /vms", [vm(number) for number in range(4)])
        answer = await list_records(client, "/vms", fields="name_label", limit=3)
    assert answer.data["count"] == 3
    assert answer.data["more"] is True
    assert answer.notes == ("There are more than 3: ask with a higher `limit` or a narrower `filter`.",)


@pytest.mark.parametrize("limit", [0, -1, 1.5, True, "5", None, 10**9, float("nan"), float("inf")])
def test_a_limit_xo_would_take_for_everything_is_refused(limit: object) -> None:
    with pytest.raises(ArgumentError, match="whole number from 1"):
        parse_limit(limit)


def test_a_whole_float_is_a_limit() -> None:
    assert parse_limit(5.0) == 5


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("nameLabel", "`fields`: XoVm has no property `nameLabel`. Did you mean `name_label`?"),
        ("id,CPUs[number]", "`fields`: a part of `CPUs` is written with a dot, `CPUs.name`, not `CPUs[number]`."),
        ("zzzz", "`fields`: XoVm has no property `zzzz`. It has `id`, `name_label`, `power_state`, `CPUs`, `memory`."),
        (" , ", "`fields` names nothing."),
        ("x\u202e" * 1000, "`fields`: XoVm has no property `x\\u202e"),
    ],
)
def test_a_field_the_record_has_not_is_refused_with_the_nearest_names(fields: str, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        parse_fields(fields, KNOWN, "XoVm")
    assert str(caught.value).startswith(message)
    assert len(str(caught.value)) < 900


async def test_a_refused_field_never_reaches_xo() -> None:
    async with small_xo() as (xo, client):
        with pytest.raises(ArgumentError):
            await list_records(client, "/vms", fields="nope", known=KNOWN)
        with pytest.raises(ArgumentError):
            await get_record(client, "/vms/{id}", path={"id": "a"}, fields="nope", known=KNOWN)
        with pytest.raises(ArgumentError):
            await list_records(client, "/vms", format="xml")
        assert xo.seen == []


def test_without_a_table_any_name_passes() -> None:
    assert parse_fields("a, b,a,id", {}).names == ("id", "a", "b")


def test_what_xo_adds_to_every_record_may_be_asked_for() -> None:
    assert parse_fields("$pool,href,type", KNOWN).names == ("id", "$pool", "type")


async def test_bare_urls_never_reach_the_model() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /backup-archives", ["/rest/v0/backup-archives/repo%2Fxo-vm-backups/a.json", "plain"])
        answer = await list_records(client, "/backup-archives")
    assert answer.data["items"] == [{"id": "repo/xo-vm-backups/a.json"}, "plain"]


async def test_markdown_is_drawn_here_beside_the_same_data() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /vms", [vm(1, name_label="a|b")])
        answer = await list_records(client, "/vms", fields="name_label", format="markdown")
    assert "markdown" not in xo.seen[0].query
    assert answer.table == "|id|name_label|\n|---|---|\n|vm-1|a\\|b|"
    assert answer.data["items"] == [{"id": "vm-1", "name_label": "a|b"}]


async def test_a_hostile_name_is_shown_harmless() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /vms", [vm(1, name_label="\u202eevil\x1b[2J\U000e0041")])
        answer = await list_records(client, "/vms")
    assert answer.data["items"][0]["name_label"] == "\\u202eevil\\x1b[2J\\U000e0041"


@pytest.mark.parametrize("style", ["json", "markdown"])
async def test_a_large_list_is_cut_to_the_budget_and_says_so(style: str) -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /vms", [vm(number, name_label="<" * 300) for number in range(500)])
        answer = await list_records(client, "/vms", limit=500, format=style, budget=5_000)
    shown = len(answer.data["items"])
    assert 1 <= shown < 40
    assert size(answer.data) + size(list(answer.notes)) <= 5_000
    assert len((answer.table or "").encode()) + size(list(answer.notes)) <= 5_000
    assert answer.data["truncated"] == {"shown": shown, "of": 500}
    assert answer.data["count"] == shown
    assert answer.data["more"] is True
    assert f"Only the first {shown} of 500 records" in answer.notes[0]
    if style == "markdown":
        assert len((answer.table or "").split("\n")) == shown + 2


async def test_an_empty_list_while_a_pool_is_away_says_so() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /vms", [])
        xo.on(
            "GET /servers",
            [
                *CONNECTED,
                {"id": "2", "host": "10.0.0.9", "status": "connecting"},
                {"id": "3", "status": "disconnected"},
            ],
        )
        answer = await list_records(client, "/vms", filter="name_label:web", known=KNOWN)
    (asked,) = [seen for seen in xo.seen if seen.path == "/servers"]
    assert asked.query["fields"] == ["id,label,host,status,poolNameLabel"]
    assert answer.data == {"items": [], "count": 0, "more": False}
    assert "`10.0.0.9` is connecting, `3` is disconnected" in answer.notes[0]


async def test_an_empty_list_with_every_pool_connected_is_ordinary_when_filtered() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /vms", [])
        xo.on("GET /servers", CONNECTED)
        filtered = await list_records(client, "/vms", filter="name_label:web", known=KNOWN)
        whole = await list_records(client, "/vms")
    assert filtered.notes == ()
    assert "may not read it" in whole.notes[0]


async def test_an_empty_list_without_any_server_says_so() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /vms", [])
        xo.on("GET /servers", [])
        answer = await list_records(client, "/vms")
    assert "no connection to a pool" in answer.notes[0]


@pytest.mark.parametrize("failure", [error(403, "not enough privileges"), PlainTextResponse("x", 502), {"odd": 1}])
async def test_a_failing_look_at_the_servers_spoils_nothing(failure: object) -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /vms", [])
        xo.on("GET /servers", failure)
        answer = await list_records(client, "/vms", filter="a")
    assert answer.data["items"] == []


@pytest.mark.parametrize("route", ["/users", "/tasks", "/servers", "/vms/{id}/alarms"])
async def test_what_does_not_hang_on_a_pool_asks_for_no_servers(route: str) -> None:
    async with small_xo() as (xo, client):
        xo.on(f"GET {route}", [])
        await list_records(client, route, path={"id": "a"} if "{id}" in route else {})
    assert [seen.path for seen in xo.seen[1:]] == ["/users/me"]


async def test_a_filter_xo_cannot_read_is_explained() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /vms", error(400, "invalid filter", data={"stringToParse": "a:("}))
        with pytest.raises(BadRequest, match=r"can't read the `filter` `a:\(`.*power_state:Running"):
            await list_records(client, "/vms", filter="a:(")


async def test_what_else_xo_can_not_read_is_not_blamed_on_the_filter() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /vms", error(400, "invalid limit parameter"))
        with pytest.raises(BadRequest, match="invalid limit parameter"):
            await list_records(client, "/vms", filter="name_label:web")


async def test_an_unknown_property_in_a_filter_that_finds_nothing_is_said() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /vms", [])
        answer = await list_records(client, "/vms", filter="nameLabel:web", known=KNOWN, record="XoVm")
    assert "`nameLabel`; did you mean name_label?" in answer.notes[0]
    assert xo.lines == ["GET /vms"]


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("name_label:web", ["name_label"]),
        ("CPUs:number:>4 memory:size:>=42", ["CPUs", "memory"]),
        ("CPUs:(number:>4) x:1", ["CPUs", "x"]),
        ("!power_state:Halted tags:a", ["power_state", "tags"]),
        ("power_state:|(Paused Suspended)", ["power_state"]),
        ("|(name:a power:b)", ["name", "power"]),
        ("name_label:/^db-:x/ foo:1", ["name_label", "foo"]),
        ('name_label:"a:b c:d" "my prop":x', ["name_label", "my prop"]),
        ("auto_poweron?", ["auto_poweron"]),
        ("web*000", []),
        (")))((", []),
    ],
)
def test_the_properties_of_a_filter_are_found(expression: str, names: list[str]) -> None:
    assert properties(expression) == names


@given(st.text(st.sampled_from('abN:()|!"/\\ <>=*?\u202e') | st.characters()))
def test_no_filter_breaks_the_reading(expression: str) -> None:
    properties(expression)
    note = unknown_note(expression, KNOWN, "XoVm")
    assert note is None or len(note) < 600


async def test_one_object_is_projected_here_with_id_first() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /vms/{id}", {"type": "VM", "name_label": "web", "power_state": "Running", "id": "a"})
        some = await get_record(client, "/vms/{id}", path={"id": "a"}, fields="power_state", known=KNOWN)
        whole = await get_record(client, "/vms/{id}", path={"id": "a"}, known=KNOWN)
        table = await get_record(client, "/vms/{id}", path={"id": "a"}, fields="name_label", format="markdown")
    assert xo.seen[0].query == {}
    assert list(some.data.items()) == [("id", "a"), ("power_state", "Running")]
    assert list(whole.data) == ["id", "type", "name_label", "power_state"]
    assert table.table == "|property|value|\n|---|---|\n|id|a|\n|name_label|web|"


async def test_a_large_object_is_shortened_and_names_what_was() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /hosts/{id}", {"id": "h", "name_label": "host", "patches": ["p" * 50] * 2000})
        answer = await get_record(client, "/hosts/{id}", path={"id": "h"}, budget=4_000)
    assert answer.data["name_label"] == "host"
    assert 0 < len(answer.data["patches"]) < 100
    assert answer.data["truncated"] == {"shortened": ["patches"]}
    assert "`patches`" in answer.notes[0]
    assert size(answer.data) + size(list(answer.notes)) <= 4_000


async def test_a_missing_object_stays_an_error() -> None:
    async with small_xo() as (_, client):
        with pytest.raises(NotFound):
            await get_record(client, "/vms/{id}", path={"id": "gone"})


@pytest.mark.parametrize(
    ("sent", "data"),
    [
        ([{"name": "xapi"}], {"items": [{"name": "xapi"}], "count": 1}),
        ({"enabled": True, "href": "/x"}, {"enabled": True}),
        (PlainTextResponse("a line\nanother\u202e"), {"text": "a line\nanother\\u202e"}),
        (Response(b"null", media_type="application/json"), {"value": None}),
        (3, {"value": 3}),
    ],
)
async def test_any_other_read_becomes_an_object(sent: object, data: dict[str, object]) -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /x", sent)
        answer = await read_plain(client, "/x")
    assert answer.data == data


def test_a_long_text_is_cut_to_the_budget() -> None:
    answer = plain("line\n" * 20_000, 3_000)
    assert size(answer.data) + size(list(answer.notes)) <= 3_000
    assert str(answer.data["text"]).startswith("line\nline")


def test_no_stack_is_ever_shown() -> None:
    server = {"error": {"message": "boom", "stack": "at /opt/xo", "code": "E"}, "stack": "a name of somebody's"}
    assert plain(server).data == {"error": {"message": "boom", "code": "E"}, "stack": "a name of somebody's"}


async def test_task_lists_are_trimmed_wherever_they_hang() -> None:
    task = {"id": "t", "status": "failure", "result": {"message": "m", "stack": "s" * 99, "call": {"x": "y" * 99_999}}}
    async with small_xo() as (xo, client):
        xo.on("GET /vms/{id}/tasks", [task])
        xo.on("GET /backup-logs/{id}", task)
        tasks = await list_records(client, "/vms/{id}/tasks", path={"id": "a"})
        log = await get_record(client, "/backup-logs/{id}", path={"id": "t"})
    trimmed = {"id": "t", "status": "failure", "result": {"message": "m"}}
    assert tasks.data["items"] == [trimmed]
    assert log.data == trimmed


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=99) | st.integers() | st.lists(st.text(max_size=9))))
def test_finishing_twice_changes_nothing(data: dict[str, object]) -> None:
    once = plain(data)
    assert present(Answer(once.data)) == once
    json.dumps(once.data)

"""A route and its arguments become one request target, which can reach nothing but the route."""

import re
from urllib.parse import unquote

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loopback import Asked, Raw, answer, loopback
from xo_mcp.api.client import Client, ClientSettings
from xo_mcp.api.paths import MAX_BYTES, encode_query, fill
from xo_mcp.errors import ArgumentError
from xo_mcp.types import OMIT, Call

ROUTES = [
    "/vms/{id}",
    "/tasks/{id}",
    "/vms/{id}.{format}",
    "/vms/{id}/tags/{tag}",
    "/vms/{id}/stats/data_source/{data_source}",
    "/groups/{id}/users/{userId}",
    "/events/{id}/subscriptions/{subscriptionId}",
    "/acl-roles/{id}/groups/{groupId}",
    "/backup-archives/{id}",
]
UUID = "6db5acbc-cb97-5e7a-8a48-8f8728ec375c"
NASTY = st.text(alphabet=st.sampled_from("./\\%?#&=;: \t\r\n\0aA0-_~é\u202e😀\ud800"), max_size=12)
TEXTS = st.one_of(st.text(max_size=40), NASTY, st.sampled_from(["..", ".", "../hosts", "%2e%2e", "a/../b", ".xva", ""]))

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def shape_of(route: str) -> re.Pattern[str]:
    """What a target of this route looks like: one encoded segment part for each placeholder, the rest as it is."""
    parts = re.split(r"(\{[^}]+\})", route)
    one = r"(?:[A-Za-z0-9_~-]|%[0-9A-F]{2})+"
    return re.compile("".join(one if part.startswith("{") else re.escape(part) for part in parts))


def arguments(route: str, values: list[str]) -> dict[str, str]:
    names = re.findall(r"\{([^}]+)\}", route)
    return dict(zip(names, values, strict=False))


@pytest.mark.parametrize(
    ("route", "path", "target"),
    [
        ("/vms", {}, "/vms"),
        ("/vms/{id}", {"id": UUID}, f"/vms/{UUID}"),
        ("/vms/{id}", {"id": f"{UUID}.xva"}, f"/vms/{UUID}%2Exva"),
        ("/vms/{id}.{format}", {"id": UUID, "format": "xva"}, f"/vms/{UUID}.xva"),
        ("/hosts/{id}/audit.txt", {"id": UUID}, f"/hosts/{UUID}/audit.txt"),
        ("/vms/{id}/tags/{tag}", {"id": UUID, "tag": ".."}, f"/vms/{UUID}/tags/%2E%2E"),
        ("/vms/{id}/tags/{tag}", {"id": UUID, "tag": "."}, f"/vms/{UUID}/tags/%2E"),
        (
            "/vms/{id}/tags/{tag}",
            {"id": UUID, "tag": "env/pröd 1?#&%"},
            f"/vms/{UUID}/tags/env%2Fpr%C3%B6d%201%3F%23%26%25",
        ),
        ("/vms/{id}/tags/{tag}", {"id": UUID, "tag": "%2E%2e"}, f"/vms/{UUID}/tags/%252E%252e"),
        (
            "/backup-archives/{id}",
            {"id": f"{UUID}//xo-vm-backups/{UUID}/20260101T000000Z.json"},
            f"/backup-archives/{UUID}%2F%2Fxo-vm-backups%2F{UUID}%2F20260101T000000Z%2Ejson",
        ),
        ("/vms/{id}", {"id": UUID, "userId": "another route's"}, f"/vms/{UUID}"),
    ],
)
def test_arguments_are_encoded_into_one_segment(route: str, path: dict[str, str], target: str) -> None:
    assert fill(route, path) == target


@pytest.mark.parametrize("name", ["id", "userId", "groupId", "subscriptionId", "format"])
@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        ".",
        "..",
        "/",
        "../hosts",
        "a/b",
        "a/../b",
        "..\\hosts",
        "a\nb",
        "a\0",
        "\x7f",
        "\x85",
        "\ud800",
        "x" * 1025,
    ],
)
def test_what_can_be_no_id_is_refused(name: str, value: str) -> None:
    with pytest.raises(ArgumentError, match=f"`{name}`"):
        fill(f"/things/{{{name}}}", {name: value})


@pytest.mark.parametrize("value", ["", "a\nb", "\x1b[0m", "\ud800", "é" * 513])
def test_what_can_be_no_tag_is_refused(value: str) -> None:
    with pytest.raises(ArgumentError, match="`tag`"):
        fill("/vms/{id}/tags/{tag}", {"id": UUID, "tag": value})


@pytest.mark.parametrize("value", ["../x", "a/../../hosts", "a/./b", "a/..", "//", "a\\..\\b"])
def test_archive_ids_hold_slashes_but_no_way_out(value: str) -> None:
    with pytest.raises(ArgumentError, match="`id`"):
        fill("/backup-archives/{id}", {"id": value})


def test_the_longest_id_passes() -> None:
    assert fill("/vms/{id}", {"id": "x" * MAX_BYTES}) == "/vms/" + "x" * MAX_BYTES


@pytest.mark.parametrize(("value", "path"), [(5, "/vms/5"), (True, "/vms/true"), (["a"], "/vms/a")])
def test_what_an_api_takes_in_a_path_is_sent_as_text(value: object, path: str) -> None:
    assert fill("/vms/{id}", {"id": value}) == path  # type: ignore[dict-item]


@pytest.mark.parametrize("value", [None, OMIT])
def test_what_is_not_there_is_refused(value: object) -> None:
    with pytest.raises(ArgumentError, match="`id`"):
        fill("/vms/{id}", {"id": value})  # type: ignore[dict-item]


def test_a_missing_argument_is_refused() -> None:
    with pytest.raises(ArgumentError, match="`tag` is required"):
        fill("/vms/{id}/tags/{tag}", {"id": UUID})


def test_the_message_shows_no_control_characters() -> None:
    with pytest.raises(ArgumentError) as caught:
        fill("/vms/{id}", {"id": "a\x1b[31m\u202eb"})
    assert str(caught.value).isprintable()


@UNHURRIED
@given(st.sampled_from(ROUTES), st.lists(TEXTS, min_size=2, max_size=2))
def test_no_text_leaves_its_route(route: str, values: list[str]) -> None:
    path = arguments(route, values)
    try:
        target = fill(route, path)
    except ArgumentError:
        return
    assert shape_of(route).fullmatch(target)
    assert len(target.split("/")) == len(route.split("/"))
    segment = target.split("/")[2]
    expected = re.sub(r"\{([^}]+)\}", lambda match: path[match[1]], route.split("/")[2])
    assert unquote(segment) == expected


@settings(UNHURRIED, max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(ROUTES), st.lists(TEXTS, min_size=2, max_size=2)), min_size=10, max_size=20))
def test_the_wire_carries_the_target_as_it_was_built(calls: list[tuple[str, list[str]]]) -> None:
    async def run() -> None:
        async with (
            loopback(lambda _: answer({})) as xo,
            Client(ClientSettings(url=f"{xo.url}/a.b/c", token="secret-token")) as client,
        ):
            expected = []
            for route, values in calls:
                path = arguments(route, values)
                try:
                    expected.append(f"GET /a.b/c/rest/v0{fill(route, path)} HTTP/1.1")
                except ArgumentError:
                    with pytest.raises(ArgumentError):
                        await client.request(Call("GET", route, path=path))
                    continue
                await client.request(Call("GET", route, path=path))
            assert xo.lines == expected

    anyio.run(run)


@pytest.mark.anyio
async def test_dots_and_slashes_stay_encoded_on_the_wire() -> None:
    async with (
        loopback(lambda _: answer({})) as xo,
        Client(ClientSettings(url=xo.url, token="secret-token")) as client,
    ):
        await client.request(Call("GET", "/vms/{id}", path={"id": f"{UUID}.xva"}))
        await client.request(Call("DELETE", "/vms/{id}/tags/{tag}", path={"id": UUID, "tag": ".."}))
        await client.request(Call("PUT", "/vms/{id}/tags/{tag}", path={"id": UUID, "tag": "a/b"}))
        await client.request(Call("GET", "/backup-archives/{id}", path={"id": "r//v/1.json"}))
        async with client.stream(Call("GET", "/vms/{id}.{format}", path={"id": UUID, "format": "xva"})):
            pass
        assert xo.lines == [
            f"GET /rest/v0/vms/{UUID}%2Exva HTTP/1.1",
            f"DELETE /rest/v0/vms/{UUID}/tags/%2E%2E HTTP/1.1",
            f"PUT /rest/v0/vms/{UUID}/tags/a%2Fb HTTP/1.1",
            "GET /rest/v0/backup-archives/r%2F%2Fv%2F1%2Ejson HTTP/1.1",
            f"GET /rest/v0/vms/{UUID}.xva HTTP/1.1",
        ]


@pytest.mark.anyio
async def test_dots_stay_encoded_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with loopback(lambda _: answer({})) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        async with Client(ClientSettings(url="http://xo.invalid", token="secret-token")) as client:
            await client.request(Call("GET", "/vms/{id}/tags/{tag}", path={"id": UUID, "tag": ".."}))
        assert proxy.lines == [f"GET http://xo.invalid/rest/v0/vms/{UUID}/tags/%2E%2E HTTP/1.1"]


@pytest.mark.anyio
@pytest.mark.parametrize("value", ["", "..", ".", "/", "a/b", "\n"])
async def test_nothing_is_sent_for_a_refused_id(value: str) -> None:
    def never(asked: Asked) -> Raw:
        raise AssertionError(asked.line)

    async with loopback(never) as xo, Client(ClientSettings(url=xo.url, token="secret-token")) as client:
        for method, route in (("DELETE", "/tasks/{id}"), ("GET", "/vms/{id}"), ("DELETE", "/vms/{id}")):
            with pytest.raises(ArgumentError):
                await client.request(Call(method, route, path={"id": value}))
        assert xo.seen == []


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, ""),
        ({"sync": True, "ndjson": False}, "sync=true&ndjson=false"),
        ({"fields": ["id", "name_label"]}, "fields=id&fields=name_label"),
        ({"limit": 5.0, "ratio": 1.5, "n": 3}, "limit=5&ratio=1.5&n=3"),
        ({"big": 1e22}, "big=10000000000000000000000"),
        ({"a": OMIT, "b": None, "c": [None], "d": []}, ""),
        (
            {"filter": "name_label:/^db-/ !a&b=c+d #é"},
            "filter=name_label%3A%2F%5Edb-%2F%20%21a%26b%3Dc%2Bd%20%23%C3%A9",
        ),
        ({"backup-repository": "*"}, "backup-repository=%2A"),
        ({"empty": ""}, "empty="),
    ],
)
def test_query_values_are_written_as_xo_reads_them(values: dict[str, object], text: str) -> None:
    assert encode_query(values) == text  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [{"a": 1}, [["a"]], float("nan"), float("inf"), "\ud800"])
def test_query_values_that_can_be_none_are_refused(value: object) -> None:
    with pytest.raises(ArgumentError, match="`filter`"):
        encode_query({"filter": value})  # type: ignore[dict-item]


@UNHURRIED
@given(
    st.dictionaries(
        st.text(min_size=1), st.one_of(st.text(), st.booleans(), st.integers(), st.lists(st.text())), max_size=4
    )
)
def test_no_query_value_ends_its_parameter(values: dict[str, object]) -> None:
    try:
        text = encode_query(values)  # type: ignore[arg-type]
    except ArgumentError:
        return
    count = sum(len(value) if isinstance(value, list) else 1 for value in values.values())
    assert len([pair for pair in text.split("&") if pair]) == count
    assert re.fullmatch(r"(?:[A-Za-z0-9_.~&=-]|%[0-9A-F]{2})*", text)

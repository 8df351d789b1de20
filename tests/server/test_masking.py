"""Secrets in what XO answers never reach a model, whichever way they are read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from presented import get_record, list_records, read_plain, run_write
from small_xo import error, small_xo
from starlette.responses import JSONResponse
from xo_mcp.answer import Answer, View
from xo_mcp.errors import XoError
from xo_mcp.privacy.masking import (
    fingerprint,
    gives_secret,
    masked_argument,
    masked_text,
    shows_identity,
    without_identity,
)
from xo_mcp.privacy.sanitizing import sanitized
from xo_mcp.privacy.secret_names import HIDDEN
from xo_mcp.server.presentation import Presented, present

pytestmark = pytest.mark.anyio

TOKENS = "/users/{id}/authentication_tokens"
TOKEN = "Q3x0aTz5cBvWlqJ8rYh2mN7dKpE4sUgF1oVtX9iLa1b2"
SECRET = "hunter2-planted"


def rendered(answer: Presented) -> str:
    """All that a client gets to see."""
    return json.dumps([answer.data, answer.table, list(answer.notes)], ensure_ascii=False)


def token(**more: object) -> dict[str, object]:
    return {"id": TOKEN, "description": "backup script", "created_at": 1794134068000, **more}


async def test_the_id_of_a_token_is_the_token_and_only_its_end_is_shown():
    async with small_xo() as (xo, client):
        xo.on(f"GET {TOKENS}", [token(href=f"/rest/v0/users/u/authentication_tokens/{TOKEN}")])
        for fields in ("*", "description", "id,description"):
            answer = await list_records(client, TOKENS, path={"id": "me"}, fields=fields)
            assert answer.data["items"][0]["id"] == "\u2026a1b2"
            assert answer.data["items"][0]["description"] == "backup script"
            assert TOKEN not in rendered(answer)


async def test_a_table_of_tokens_is_no_way_round():
    async with small_xo() as (xo, client):
        xo.on(f"GET {TOKENS}", [token()])
        answer = await list_records(client, TOKENS, path={"id": "me"}, format="markdown")
    assert "\u2026a1b2" in (answer.table or "")
    assert TOKEN not in rendered(answer)


async def test_a_list_of_urls_gives_no_token_away():
    async with small_xo() as (xo, client):
        xo.on(f"GET {TOKENS}", [f"/rest/v0/users/u/authentication_tokens/{TOKEN}"])
        answer = await list_records(client, TOKENS, path={"id": "me"})
    assert answer.data["items"] == [{"id": "\u2026a1b2"}]


async def test_a_created_token_is_given_to_who_asked_for_it():
    async with small_xo() as (xo, client):
        xo.on(f"POST {TOKENS}", JSONResponse({"token": token(user_id="u")}, 201))
        answer = await run_write(client, "POST", TOKENS, path={"id": "me"}, body={"description": "x"})
    assert answer.data["token"]["id"] == TOKEN


async def test_what_another_write_answers_is_sanitized():
    async with small_xo() as (xo, client):
        xo.on("POST /users", JSONResponse({"id": "u", "password": SECRET}, 201))
        answer = await run_write(client, "POST", "/users", body={"name": "x", "password": SECRET})
    assert answer.data == {"status": "done", "id": "u", "password": HIDDEN}


RECORDS: dict[str, dict[str, Any]] = {
    "/backup-repositories": {"id": "r", "name": "offsite", "url": f"s3://KEY:{SECRET}@s3.example/bucket/dir"},
    "/proxies": {"id": "p", "address": "10.0.0.9", "url": f"https://admin:{SECRET}@10.0.0.9", "authToken": SECRET},
    "/servers": {"id": "s", "host": "10.0.0.1", "httpProxy": f"http://me:{SECRET}@proxy.lan:3128"},
    "/pbds": {
        "id": "b",
        "device_config": {"server": "nas", "chappassword": SECRET, "password": SECRET, "username": "joe"},
    },
    "/vms": {"id": "v", "name_label": "web", "xenStoreData": {"vm-data/admin-password": SECRET}},
    "/schedules": {"id": "c", "tokens": [SECRET, {"name": "x", "value": SECRET}]},
    "/vdis": {"id": "d", "name_description": f"mounted with username=joe,password={SECRET},vers=3"},
}


@pytest.mark.parametrize("route", RECORDS)
async def test_no_way_of_reading_shows_a_secret(route: str):
    record = RECORDS[route]
    async with small_xo() as (xo, client):
        xo.on(f"GET {route}", [record])
        xo.on(f"GET {route}/{{id}}", record)
        answers = [
            await list_records(client, route),
            await list_records(client, route, format="markdown"),
            await get_record(client, f"{route}/{{id}}", path={"id": "x"}),
            await get_record(client, f"{route}/{{id}}", path={"id": "x"}, format="markdown"),
            await read_plain(client, route),
            await read_plain(client, f"{route}/{{id}}", path={"id": "x"}),
        ]
    for answer in answers:
        assert SECRET not in rendered(answer)
        assert HIDDEN in rendered(answer)
        assert record["id"] in rendered(answer)


async def test_what_is_reported_beside_a_login_stays():
    async with small_xo() as (xo, client):
        xo.on("GET /proxies/{id}", RECORDS["/proxies"])
        xo.on("GET /pbds/{id}", RECORDS["/pbds"])
        proxy = await get_record(client, "/proxies/{id}", path={"id": "p"})
        pbd = await get_record(client, "/pbds/{id}", path={"id": "b"})
    assert proxy.data["url"] == f"https://admin:{HIDDEN}@10.0.0.9"
    assert pbd.data["device_config"] == {
        "server": "nas",
        "chappassword": HIDDEN,
        "password": HIDDEN,
        "username": "joe",
    }


async def test_an_error_shows_no_login_either():
    async with small_xo() as (xo, client):
        xo.on("GET /backup-repositories/{id}", error(500, f"mount smb://joe:{SECRET}@nas/share failed"))
        with pytest.raises(XoError) as caught:
            await get_record(client, "/backup-repositories/{id}", path={"id": "r"})
    assert SECRET not in str(caught.value)
    assert "smb://joe:" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("nfs://host:/export/path", "nfs://host:/export/path"),
        ("http://host:8080/a@b", "http://host:8080/a@b"),
        ("https://[fe80::1]:443/x?to=a@b", "https://[fe80::1]:443/x?to=a@b"),
        ("mail me@example.org: now", "mail me@example.org: now"),
        ("ssh://git@host/x", "ssh://git@host/x"),
        ("ftp://u:p@ss@host/x", f"ftp://u:{HIDDEN}@host/x"),
        ("s3://K:a/b+c@host/x", f"s3://K:{HIDDEN}@host/x"),
        ("two: ftp://u:p@h and FTP://v:q@h", f"two: ftp://u:{HIDDEN}@h and FTP://v:{HIDDEN}@h"),
        ("https://u:12345@h", f"https://u:{HIDDEN}@h"),
        ("https://h/x?token=abc&y=1", f"https://h/x?token={HIDDEN}&y=1"),
        ("a = b, size=3", "a = b, size=3"),
    ],
)
def test_logins_are_distinguished_from_what_only_looks_like_one(text: str, shown: str):
    assert masked_text(text) == shown


def test_what_is_no_text_is_no_secret():
    known: dict[str, Any] = {"hasAuthorization": True, "tokens": 3, "password": None, "secret": "", "passthrough": "x"}
    assert sanitized(known) == known


def test_a_password_a_client_sends_may_be_a_number():
    sent = {"password": 4711, "pin_token": [1, 2.5], "cpus": 4, "destroy_cloud_config": True, "token": 0}
    assert masked_argument(sent) == {
        "password": HIDDEN, "pin_token": [HIDDEN, HIDDEN], "cpus": 4, "destroy_cloud_config": True, "token": 0,
    }  # fmt: skip
    assert masked_argument(4711, "password") == HIDDEN
    assert masked_argument(4711, "port") == 4711


def test_other_ids_stay():
    assert shows_identity("/vms")
    assert not shows_identity(TOKENS)
    assert without_identity(3) == 3
    assert without_identity({"description": "x"}) == {"description": "x"}


def test_a_fingerprint_is_stable_and_says_little():
    assert fingerprint(TOKEN) == fingerprint(TOKEN) == "\u2026a1b2"
    assert fingerprint("short") == "\u2026"


def test_only_making_a_token_answers_with_it():
    assert gives_secret("POST", TOKENS)
    assert not gives_secret("GET", TOKENS)


@pytest.mark.parametrize(
    "text", ["a." * 60_000 + "=", "x://x:" * 20_000, "a://" + "b" * 120_000 + "@", "token" * 24_000 + "=1"]
)
def test_hostile_texts_are_worked_through(text: str):
    masked_text(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "password", "url"]), inner),
    max_leaves=10,
)


@given(JSON)
def test_masking_twice_changes_nothing(value: Any):
    assert sanitized(sanitized(value)) == sanitized(value)


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=30))
def test_no_password_of_a_url_is_left(password: str):
    marked = f"{password}#{SECRET}"
    shown = present(Answer({"url": f"smb://joe:{marked}@nas/share"}, view=View(is_table=True)))
    assert SECRET not in rendered(shown)
    assert f"smb://joe:{HIDDEN}@nas" in (shown.table or "")


def test_nothing_is_as_deep_as_to_escape():
    deep: Any = {"password": SECRET}
    for _ in range(80):
        deep = {"credentials": deep}
    assert SECRET not in json.dumps(sanitized(deep))

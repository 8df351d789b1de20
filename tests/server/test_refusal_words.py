"""Every refusal of XO, word by word: `refusals.yaml` is what reviewers of a message read."""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from xo_mcp.api.auth import Credentials
from xo_mcp.api.refusals import Refusals, mcp_disabled
from xo_mcp.api.settings import ClientSettings
from xo_mcp.errors import XoError
from xo_mcp.privacy.redaction import Secrets

ROWS: list[dict[str, Any]] = YAML(typ="safe").load(Path(__file__).with_name("refusals.yaml"))


START = "POST /vms/{id}/actions/start"


def worded(status: int, body: Any = None, page: str | None = None, asked: str = START) -> XoError:
    if page is not None:
        return read(status, "text/html", page.encode(), asked)
    return read(status, "application/json", json.dumps(body).encode(), asked)


def read(status: int, media_type: str, content: bytes, asked: str = START) -> XoError:
    secrets = Secrets()
    credentials = Credentials(ClientSettings(url="http://127.0.0.1:9", token="secret-token"), secrets)
    return Refusals(secrets, credentials).error(asked, status, media_type, content)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['status']} {row.get('code', '')}")
def test_says_what_happened_why_and_what_next(row: dict[str, Any]):
    error = worded(row["status"], row.get("body"), row.get("page"), row.get("asked", START))
    reported = {"error": type(error).__name__, "code": error.code, "detail": error.detail, "hint": error.hint}
    assert reported == {key: row.get(key, None if key == "code" else "") for key in reported}
    assert error.status == row["status"]


def test_every_kind_of_refusal_is_in_the_file():
    assert {row["error"] for row in ROWS} == {
        "BadRequest", "Unauthorized", "Forbidden", "NotFound", "Conflict", "Invalid", "ServerError", "XapiError",
        "McpDisabled", "XoError",
    }  # fmt: skip
    assert mcp_disabled(418).status == 418


@pytest.mark.parametrize(
    ("status", "body", "longest"),
    [
        (400, {"error": "no", "data": {"stringToParse": "x" * 900}}, 200),
        (403, {"error": "no", "data": {"minPlan": "x" * 900}}, 40),
        (403, {"error": "no", "data": {"missingPrivileges": [{"action": "x" * 900, "resource": "vm"}]}}, 160),
        (422, {"error": {"name": {"message": "x" * 900}}}, 160),
        (422, {"error": {"x" * 900: {"message": "is wrong"}}}, 80),
        (500, {"error": "x" * 900}, 500),
    ],
)
def test_what_xo_says_at_length_is_cut(status: int, body: Any, longest: int):
    error = worded(status, body)
    assert f"{error.detail} {error.hint}".count("x" * (longest - 1)) == 1
    assert f"{'x' * longest}" not in f"{error.detail} {error.hint}"


@pytest.mark.parametrize(("count", "end"), [(12, "a11 on vm."), (13, "a11 on vm; and 1 more."), (20, "; and 8 more.")])
def test_a_dozen_privileges_are_named_and_the_rest_counted(count: int, end: str):
    missing = [{"action": f"a{number}", "resource": "vm"} for number in range(count)]
    assert worded(403, {"error": "no", "data": {"missingPrivileges": missing}}).detail.endswith(end)


@pytest.mark.parametrize(
    ("media_type", "content", "said"),
    [
        ("application/json", b'\xef\xbb\xbf{"error": "no"}', ": no."),
        ("application/json", b'{"error": "caf\xe9"}', ": caf\ufffd."),
        ("application/json", b'{"error": "no. : "}', ": no."),
        ("application/json", b'{"error": "X is no X"}', ": X is no X."),
        ("text/plain", b"no room", ": no room."),
        ("text/html", b"no room", "."),
    ],
)
def test_however_it_is_written_the_words_end_in_one_full_stop(media_type: str, content: bytes, said: str):
    assert read(410, media_type, content).detail == f"XO answered 410 to POST /vms/{{id}}/actions/start{said}"

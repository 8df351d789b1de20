"""What a model reads when XO refuses: what happened, why, what next, and no internals."""

import json
import re
from typing import Any

import pytest
from asking import refused
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loopback import Raw, answer
from xo_mcp import errors
from xo_mcp.api.auth import Credentials
from xo_mcp.api.client import ClientSettings
from xo_mcp.api.refusals import Refusals
from xo_mcp.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    ServerError,
    Unauthorized,
    XoError,
    XoMcpError,
)
from xo_mcp.privacy.redaction import Secrets, without_internals

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_proxies")]


STACK = "boom\n    at Xapi.call (file:///opt/xo/lib.mjs:5:10)\n    at process.processTicksAndRejections"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequest),
        (401, Unauthorized),
        (402, XoError),
        (403, Forbidden),
        (404, NotFound),
        (405, XoError),
        (407, XoError),
        (409, Conflict),
        (410, XoError),
        (413, XoError),
        (422, Invalid),
        (429, XoError),
        (431, XoError),
        (500, ServerError),
        (501, ServerError),
        (502, ServerError),
        (503, ServerError),
        (504, ServerError),
        (599, ServerError),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        {"error": "XO's own words"},
        {"error": "XO's own words", "data": None},
        "text",
        None,
        [],
        {},
        {"error": None},
        {"error": {}},
        {"error": ["x"]},
    ],
)
async def test_every_status_has_its_class(status: int, kind: type[XoError], body: Any) -> None:
    error = await refused(answer(body, status))
    assert type(error) is kind
    assert error.status == status
    assert str(error) == f"{error.detail} {error.hint}".strip()
    assert str(status) in error.detail
    if isinstance(body, dict) and body.get("error") == "XO's own words" and status not in {407, 413, 431}:
        assert f"XO answered {status} to POST /vms/{{id}}/actions/start: XO's own words." in str(error)


async def test_the_tree_is_as_documented() -> None:
    bases = {
        name: kind.__mro__[1].__name__
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, XoMcpError)
    }
    assert bases == {
        "XoMcpError": "Exception",
        "ConfigError": "XoMcpError",
        "CallError": "XoMcpError",
        "ArgumentError": "CallError",
        "XoError": "CallError",
        "BadRequest": "XoError",
        "Unauthorized": "XoError",
        "Forbidden": "XoError",
        "NotFound": "XoError",
        "Conflict": "XoError",
        "Invalid": "XoError",
        "XapiError": "XoError",
        "McpDisabled": "XoError",
        "ServerError": "XoError",
        "Unreachable": "CallError",
        "TaskFailed": "CallError",
        "TransferError": "CallError",
    }
    assert errors.__doc__ is not None
    assert all(re.search(rf"\b{name}\b", errors.__doc__) for name in bases)


async def test_raw_records_in_an_error_are_not_shown() -> None:
    body = {"error": "VM is halted", "data": {"record": {"name": "x" * 5000}, "ref": "OpaqueRef:1"}}
    error = await refused(answer(body, 422), "GET", "/vms/{id}/stats")
    assert str(error) == "XO answered 422 to GET /vms/{id}/stats: VM is halted."


async def test_missing_privileges_are_listed_once() -> None:
    missing = [{"objectId": "vm-1", "action": "start", "resource": "vm"}] * 2 + [{"action": "read", "resource": "task"}]
    error = await refused(answer({"error": "not enough privileges", "data": {"missingPrivileges": missing}}, 403))
    assert error.code == "missing_privileges"
    assert "not enough privileges. Missing: start on vm vm-1; read on task. An XO administrator" in str(error)


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ({"error": "forbidden operation: destroy is blocked: by me"}, "blocked", "`blockedOperations`"),
        (
            {
                "error": "forbidden operation: attach",
                "data": {"operation": "attach", "reason": "the role is a template"},
            },
            "forbidden_operation",
            "Reason: the role is a template.",
        ),
        ({"error": "not enough permissions"}, None, "lacks the right"),
        ({"error": "feature Unauthorized", "data": {"minPlan": "enterprise"}}, "plan", "at least enterprise"),
        ({"error": "not enough privileges", "data": {"missingPrivileges": "odd"}}, None, "lacks the right"),
    ],
)
async def test_forbidden_says_why_and_what_next(body: Any, code: str | None, said: str) -> None:
    error = await refused(answer(body, 403))
    assert error.code == code
    assert said in str(error)


async def test_a_wrong_filter_is_shown_with_the_syntax() -> None:
    body = {"error": "parse error", "data": {"stringToParse": "name_label:("}}
    error = await refused(answer(body, 400), "GET", "/vms")
    assert error.code == "filter"
    assert "could not read the filter 'name_label:('" in str(error)
    assert "`name_label:web power_state:Running`" in str(error)


async def test_a_missing_object_and_a_missing_route_differ() -> None:
    missing = await refused(answer({"error": "no such VM vm-1", "data": {"id": "vm-1", "type": "VM"}}, 404))
    assert missing.code is None
    assert "no such VM vm-1. Check the id" in str(missing)
    page = b"<!DOCTYPE html><html><head><title>Error</title></head><body><pre>Cannot POST /rest</pre></body></html>"
    absent = await refused(answer(page, 404, media="text/html"))
    assert absent.code == "no_route"
    assert "This XO does not have POST /vms/{id}/actions/start (404)." in str(absent)
    assert "later XO release" in str(absent)
    assert "<" not in str(absent)
    nothing = answer({"error": "no such object undefined"}, 404)
    assert "create_vm" not in str(await refused(nothing))


def test_a_million_empty_lines_hold_nobody_up():
    for lines in ("\n" * 1_000_000, "\n \t" * 300_000):
        assert without_internals(f"{lines}end {STACK}") == f"{lines}end boom"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            {
                "error": "incorrect state",
                "data": {"property": "status", "actual": "connected", "expected": "disconnected"},
            },
            "`status` is connected, it must be disconnected.",
        ),
        ({"error": "server already exists"}, "Read the object's state first"),
    ],
)
async def test_a_conflict_names_the_state(body: Any, said: str) -> None:
    assert said in str(await refused(answer(body, 409)))


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("connect ECONNREFUSED 10.0.0.1:443", "ECONNREFUSED", "XO itself could not connect"),
        ("getaddrinfo ENOTFOUND pool", "ENOTFOUND", "XO itself could not connect"),
        ("self-signed certificate", "certificate", "allowUnauthorized"),
        ("DEPTH_ZERO_SELF_SIGNED_CERT", "certificate", "allowUnauthorized"),
        ("Cannot read properties of undefined", None, "failed inside XO"),
    ],
)
async def test_failures_of_xo_itself_are_distinguished(text: str, code: str | None, said: str) -> None:
    error = await refused(answer({"error": text}, 500))
    assert error.code == code
    assert text in str(error)
    assert said in str(error)


async def test_a_web_page_of_a_proxy_is_reported_by_its_title() -> None:
    page = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
    error = await refused(answer(page, 502, media="text/html"))
    assert "a web page titled '502 Bad Gateway'. A proxy before XO" in str(error)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_web_page_of_a_proxy_is_no_word_of_xo(status: int) -> None:
    error = await refused(answer(b"<title>Login</title>", status, media="text/html"))
    assert "A proxy before XO may want a login of its own" in error.hint
    assert "lacks the right" not in error.hint


async def test_a_login_that_a_proxy_adds_is_suspected() -> None:
    error = await refused(answer({"error": "Having multiple authentication methods is not supported"}, 400))
    assert "A proxy before XO" in error.hint


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 500, 501])
async def test_no_stack_and_no_reference_is_shown(status: int) -> None:
    body = {"error": f"{STACK} OpaqueRef:8a46", "data": {"stack": STACK}, "info": STACK}
    shown = str(await refused(answer(body, status)))
    assert "boom" in shown
    for hidden in ("OpaqueRef", "lib.mjs", "processTicks", "\n"):
        assert hidden not in shown


async def test_long_texts_are_cut() -> None:
    error = await refused(answer({"error": "x" * 300_000}, 500))
    assert len(str(error)) < 1000


async def test_an_error_without_end_is_not_kept() -> None:
    error = await refused(answer({"error": "x" * 6_000_000}, 500))
    assert type(error) is ServerError
    assert len(str(error)) < 1000


async def test_an_error_that_breaks_off_is_still_one() -> None:
    begun = b'HTTP/1.1 409 Conflict\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"err\r\n'
    assert type(await refused(Raw([begun]))) is Conflict


LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()

NAMES = st.text() | st.sampled_from(["message", "errors"])

JSON = st.recursive(
    LEAVES | st.just("OpaqueRef:1, secret-token"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)

DETAILS = (
    "missingPrivileges",
    "stringToParse",
    "property",
    "expected",
    "actual",
    "errors",
    "error",
    "reason",
    "minPlan",
)

DATA = st.fixed_dictionaries({}, optional=dict.fromkeys(DETAILS, JSON))

ERRORS = st.fixed_dictionaries({}, optional={"error": JSON, "info": JSON, "data": DATA | JSON})


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(400, 599), ERRORS | JSON)
def test_no_answer_whatsoever_breaks_the_wording(status: int, body: Any) -> None:
    secrets = Secrets()
    refusals = Refusals(secrets, Credentials(ClientSettings(url="http://xo", token="secret-token"), secrets))
    bodies = {"application/json": json.dumps(body).encode(), "text/html": repr(body).encode("utf-8", "replace")}
    for media, content in bodies.items():
        error = refusals.error("GET /vms", status, media, content)
        assert isinstance(error, XoError)
        assert str(error)
        assert "secret-token" not in str(error)
        assert "OpaqueRef:1" not in str(error)
        assert len(str(error)) < 6000

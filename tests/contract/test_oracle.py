"""The judge of requests is no rubber stamp: it tells good requests from bad ones."""

import pytest
from fake_xo.requests import Seen
from openapi_core import OpenAPI
from oracle import Oracle, contract, view

JSON = "application/json"


def seen(method: str, target: str, body: bytes = b"", kind: str = JSON) -> Seen:
    headers = [(b"cookie", b"authenticationToken=x"), *([(b"content-type", kind.encode())] if body else [])]
    request = Seen(method, f"/rest/v0{target}".encode(), headers)
    if body:
        request.received(body)
    return request


@pytest.mark.parametrize(
    ("request_", "operation"),
    [
        (seen("GET", "/vms?fields=id%2Cname_label&limit=3&ndjson=true"), "GET /vms"),
        (seen("GET", "/vms?filter="), "GET /vms"),
        (seen("GET", "/vms/a%2Exva"), "GET /vms/{id}"),
        (seen("GET", "/vms/a.xva?compress=zstd"), "GET /vms/{id}.{format}"),
        (seen("PUT", "/vms/a/tags/%2E%2E"), "PUT /vms/{id}/tags/{tag}"),
        (seen("PATCH", "/vms/a", b'{"nameLabel": "x", "coresPerSocket": null}'), "PATCH /vms/{id}"),
        (seen("POST", "/vms/a/actions/start"), "POST /vms/{id}/actions/start"),
        (seen("GET", "/hosts/a/audit.txt"), "GET /hosts/{id}/audit.txt"),
        (seen("GET", "/backup-archives?backup-repository=a&backup-repository=b"), "GET /backup-archives"),
        (seen("PUT", "/vdis/a.raw", b"xx", "application/octet-stream"), "PUT /vdis/{id}.{format}"),
        (seen("GET", "/plugins/audit/records/a"), "GET /plugins/audit/records/{id}"),
        (seen("GET", "/mcp/status"), "GET /mcp/status"),
    ],
)
def test_good_requests(oracle: Oracle, request_: Seen, operation: str):
    verdict = oracle.judge(request_)
    assert (verdict.operation, verdict.complaints) == (operation, ())


@pytest.mark.parametrize(
    ("request_", "part"),
    [
        (seen("GET", "/vms?limit=x"), "limit"),
        (seen("GET", "/vms?limit="), "limit"),
        (seen("GET", "/vms?lmit=1"), "undeclared query parameter 'lmit'"),
        (seen("GET", "/vms?ndjson=1x"), "ndjson"),
        (seen("GET", "/vms/"), "no path"),
        (seen("DELETE", "/tasks/"), "no path"),
        (seen("GET", "/vms//stats"), "no path"),
        (seen("GET", "/vms/a.odt"), "odt"),
        (seen("PUT", "/vms/a/tags/.."), "not found"),
        (seen("PUT", "/vms/a/tags/<b>"), "is not what it was"),
        (seen("GET", "/machines"), "not found"),
        (seen("POST", "/vms/a"), "not found"),
        (seen("PATCH", "/vms/a", b'{"nameLabel": 3}'), "is not of type 'string'"),
        (seen("PATCH", "/vms/a", b"{nameLabel"), "body"),
        (seen("POST", "/vms/a/actions/migrate", b'{"x": 1}'), "is not valid under any"),
        (seen("POST", "/groups"), "no body where one is required"),
        (seen("GET", "/vms", b"{}"), "a body where none is declared"),
        (seen("PUT", "/vdis/a.raw", b"{}", "text/plain"), "mimetype"),
    ],
)
def test_bad_requests(oracle: Oracle, request_: Seen, part: str):
    assert part in " ".join(oracle.judge(request_).complaints)


def test_two_logins_at_once(oracle: Oracle):
    both = seen("GET", "/vms")
    both.headers.append((b"authorization", b"Basic eDp5"))
    assert oracle.judge(both).complaints == ("a token and a Basic login at once",)


def test_a_request_without_a_login(oracle: Oracle):
    nobody = Seen("GET", b"/rest/v0/vms", [])
    assert oracle.judge(nobody).complaints
    assert not oracle.judge(Seen("GET", b"/rest/v0/ping", [])).complaints


def test_what_it_judges_by_is_a_valid_document():
    OpenAPI.from_dict(view(contract()))

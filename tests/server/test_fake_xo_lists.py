"""Lists of the fake XO: what a query makes of them."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from fake_xo import FakeXo, running_fake_xo
from newest import PINNED_SPEC


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    """Only read by the tests that use it."""
    with running_fake_xo(spec=PINNED_SPEC) as running:
        yield running


@pytest.fixture(scope="module")
def xo(fake: FakeXo) -> Iterator[httpx2.Client]:
    with fake.client() as client:
        yield client


def error_of(answer: httpx2.Response) -> Any:
    return answer.json()["error"]


def test_a_list_without_fields_is_urls(xo: httpx2.Client) -> None:
    answer = xo.get("/vms")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert len(answer.json()) == 60
    assert all(url.startswith("/rest/v0/vms/") for url in answer.json())


def test_fields_come_with_href_and_without_id_unless_asked(xo: httpx2.Client) -> None:
    first = xo.get("/vms", params={"fields": "name_label,power_state", "limit": 1}).json()[0]
    assert list(first) == ["name_label", "power_state", "href"]
    assert "id" in xo.get("/vms", params={"fields": "id", "limit": 1}).json()[0]


def test_all_fields_are_asked_for_with_a_star(xo: httpx2.Client) -> None:
    first = xo.get("/vms", params={"fields": "*", "limit": 1}).json()[0]
    assert {"id", "uuid", "_xapiRef", "$pool", "href", "CPUs"} <= set(first)


def test_unknown_fields_vanish_silently(xo: httpx2.Client) -> None:
    assert list(xo.get("/vms", params={"fields": "nme_label", "limit": 1}).json()[0]) == ["href"]


def test_fields_reach_inside(xo: httpx2.Client) -> None:
    first = xo.get("/vms", params={"fields": "CPUs.number", "limit": 1}).json()[0]
    assert first["CPUs"] == {"number": 2}


def test_one_object_ignores_fields_and_has_no_href(xo: httpx2.Client, fake: FakeXo) -> None:
    vm = xo.get(f"/vms/{fake.find('vms')['id']}", params={"fields": "name_label"}).json()
    assert len(vm) > 40
    assert "href" not in vm


@pytest.mark.parametrize(("limit", "count"), [("0", 0), ("3", 3), ("-1", 60), ("1.5", 60), ("1000", 60)])
def test_a_broken_limit_is_the_whole_list(xo: httpx2.Client, limit: str, count: int) -> None:
    assert len(xo.get("/vms", params={"limit": limit}).json()) == count


def test_a_limit_that_is_no_number_is_422(xo: httpx2.Client) -> None:
    answer = xo.get("/vms", params={"limit": "abc"})
    assert answer.status_code == 422
    assert error_of(answer) == {"query.limit": {"message": "invalid float number", "value": "abc"}}


@pytest.mark.parametrize("value", ["true", "TRUE", "True"])
def test_ndjson_is_a_line_per_object(xo: httpx2.Client, value: str) -> None:
    answer = xo.get("/vms", params={"ndjson": value, "fields": "id"})
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert answer.text.count("\n") == 60


def test_markdown_is_a_table_without_href(xo: httpx2.Client) -> None:
    answer = xo.get("/vms", params={"markdown": "true", "fields": "name_label,power_state,os_version", "limit": 1})
    assert answer.headers["content-type"].startswith("text/markdown")
    assert answer.text.splitlines() == [
        "| name_label | power_state | os_version |",
        "| --- | --- | --- |",
        "| web-prod-000 | Running | [object Object] |",
    ]


def test_ndjson_and_markdown_at_once_are_422(xo: httpx2.Client) -> None:
    assert xo.get("/vms", params={"ndjson": "true", "markdown": "true"}).status_code == 422


@pytest.mark.parametrize("query", ["sync=1", "sync", "sync=yes", "sync="])
def test_a_boolean_is_true_or_false_and_nothing_else(xo: httpx2.Client, fake: FakeXo, query: str) -> None:
    answer = xo.post(f"/vms/{fake.find('vms')['id']}/actions/start?{query}")
    assert answer.status_code == 422
    assert error_of(answer)["query.sync"]["message"] == "invalid boolean value"


def test_unknown_query_parameters_are_ignored(xo: httpx2.Client) -> None:
    assert len(xo.get("/vms", params={"offset": "5", "page": "2"}).json()) == 60


def test_compression_etag_and_head_work(xo: httpx2.Client) -> None:
    answer = xo.get("/vms")
    assert answer.headers["content-encoding"] == "gzip"
    tag = answer.headers["etag"]
    assert tag.startswith('W/"')
    assert xo.get("/vms", headers={"If-None-Match": tag}).status_code == 304
    head = xo.head("/vms")
    assert (head.status_code, head.content) == (200, b"")

"""What only grows is read from its end: tasks, logs, alarms and messages come newest first."""

from typing import Any

import pytest
from fake_xo.lists import selected, shown
from presented import list_records
from small_xo import Asked, SmallXo, small_xo

pytestmark = pytest.mark.anyio

HOUR = 3_600_000
FIRST = 1_794_000_000_000


def grown(count: int) -> list[dict[str, Any]]:
    """Tasks as XO keeps them, the oldest first; every third failed."""
    statuses = ("success", "pending", "failure")
    return [{"id": f"t{n}", "start": FIRST + n * HOUR, "status": statuses[n % 3], "end": 0} for n in range(count)]


def keep(xo: SmallXo, records: list[dict[str, Any]], route: str = "/tasks") -> None:
    """Answer a list the way XO does: filter, cut from the front, pick the fields."""

    def answer(asked: Asked) -> list[Any]:
        query: dict[str, Any] = {name: values[0] for name, values in asked.query.items()}
        if "limit" in query:
            query["limit"] = int(query["limit"])
        return [shown(record, route.strip("/"), query.get("fields")) for record in selected(records, query)]

    xo.on(f"GET {route}", answer)


def ids(answer: Any) -> list[str]:
    return [item["id"] for item in answer.data["items"]]


async def test_a_long_log_is_read_from_its_end():
    async with small_xo() as (xo, client):
        keep(xo, grown(100))
        answer = await list_records(client, "/tasks", fields="status", limit=3, newest="start")
    assert ids(answer) == ["t99", "t98", "t97"]
    assert answer.data["items"][0] == {"id": "t99", "status": "success"}
    assert answer.data["more"] is True
    assert [asked.query.get("fields") for asked in xo.seen] == [["id,status,start"], ["start"], ["id,status,start"]]


async def test_a_short_one_takes_one_request_and_is_turned_round():
    async with small_xo() as (xo, client):
        keep(xo, grown(3))
        answer = await list_records(client, "/tasks", fields="*", limit=3, newest="start")
    assert ids(answer) == ["t2", "t1", "t0"]
    assert answer.data["more"] is False
    assert len(xo.seen) == 1


async def test_a_filter_still_holds():
    async with small_xo() as (xo, client):
        keep(xo, grown(90))
        answer = await list_records(client, "/tasks", filter="status:|(failure pending)", limit=4, newest="start")
    assert ids(answer) == ["t89", "t88", "t86", "t85"]


async def test_what_has_no_order_gets_one_and_equal_times_are_all_looked_at():
    grown = [{"id": f"m{n}", "time": 1_794_000_000 + n // 4} for n in range(40)]
    records = grown[1::2] + grown[::2]
    async with small_xo() as (xo, client):
        keep(xo, records, "/messages")
        answer = await list_records(client, "/messages", fields="time", limit=6, newest="time")
    assert {*ids(answer)[:4]} == {"m36", "m37", "m38", "m39"}
    assert {*ids(answer)[4:]} < {"m32", "m33", "m34", "m35"}
    assert answer.data["count"] == 6


async def test_records_without_a_time_come_last_and_stop_nothing():
    async with small_xo() as (xo, client):
        keep(xo, [{"id": "odd", "start": None}, *grown(2)])
        answer = await list_records(client, "/tasks", limit=2, newest="start")
        assert ids(answer) == ["t1", "t0"]
        keep(xo, [{"id": "one"}, {"id": "other"}, {"id": "third", "start": True}])
        answer = await list_records(client, "/tasks", limit=1, newest="start")
    assert answer.data["count"] == 1
    assert answer.data["more"] is True

"""Calls of the library's handlers, and their answers as callers see them."""

from typing import Any

from xo_mcp.actions import read_after_write, tasklog, tasks
from xo_mcp.api.client import Client
from xo_mcp.reads import records, stats
from xo_mcp.reads.budget import DEFAULT_BUDGET
from xo_mcp.server.presentation import Presented, present
from xo_mcp.types import Call

SENT = ("path", "query", "body", "body_required")


def call(method: str, route: str, more: dict[str, Any]) -> Call:
    """The request; what belongs to it is taken out of `more`."""
    return Call(method, route, **{name: more.pop(name) for name in SENT if name in more})


async def list_records(client: Client, route: str, *, budget: int = DEFAULT_BUDGET, **asked: Any) -> Presented:
    sent = call("GET", route, asked)
    return present(await records.list_records(client, sent, records.ListArguments(**asked)), budget)


async def get_record(client: Client, route: str, *, budget: int = DEFAULT_BUDGET, **asked: Any) -> Presented:
    return present(await records.get_record(client, call("GET", route, asked), **asked), budget)


async def read_plain(client: Client, route: str, **asked: Any) -> Presented:
    return present(await records.read_plain(client, call("GET", route, asked)))


def plain(data: Any, budget: int = DEFAULT_BUDGET) -> Presented:
    return present(records.plain(data), budget)


async def run_write(client: Client, method: str, route: str, **asked: Any) -> Presented:
    return present(await read_after_write.run_write(client, call(method, route, asked), **asked))


async def run_action(
    client: Client, method: str, route: str, *, budget: int = DEFAULT_BUDGET, **asked: Any
) -> Presented:
    return present(await tasks.run_action(client, call(method, route, asked), **asked), budget)


async def get_task(client: Client, route: str = "/tasks/{id}", **asked: Any) -> Presented:
    return present(await tasklog.get_task(client, call("GET", route, asked), **asked))


async def watch_tasks(client: Client, *, budget: int = DEFAULT_BUDGET, **asked: Any) -> Presented:
    sent = call("GET", "/tasks", asked)
    how = {name: asked.pop(name) for name in ("timeout", "progress") if name in asked}
    return present(await tasklog.watch_tasks(client, sent, records.ListArguments(**asked), **how), budget)


async def read_stats(client: Client, route: str, *, budget: int = DEFAULT_BUDGET, **asked: Any) -> Presented:
    return present(await stats.read_stats(client, call("GET", route, asked), **asked), budget)

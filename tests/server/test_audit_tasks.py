"""What the audit log says of actions that go on in XO: their state, and by which task to find them."""

import json
from pathlib import Path
from typing import Any

import anyio
import pytest
from fake_xo.server import FakeXo
from serving import over_stdio, text_of, variables
from transfer_server import until

pytestmark = pytest.mark.anyio


def read(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


async def test_an_action_whose_end_is_not_seen_is_pending(package: Path, tmp_path: Path):
    with FakeXo(vms=12, lag=0, task_seconds=20) as xo:
        file, vm = tmp_path / "audit.log", xo.find("vms", power_state="Halted")["id"]
        # Nothing is learned about the right to read tasks, so the action is tried as one.
        xo.fault("GET /tasks", "status-500", times=None)
        xo.fault("GET /tasks/{id}", "status-403", times=None)
        async with over_stdio(package, variables(xo, XO_MCP_AUDIT_LOG=str(file))) as client:
            answer = await client.call_tool("start_vm", {"id": vm, "timeout": 1})
    assert answer.structured_content is not None
    assert answer.structured_content["status"] == "started", text_of(answer)
    assert [line["outcome"] for line in read(file)] == ["started", "pending"]
    assert read(file)[-1]["task"] == answer.structured_content["taskId"]


async def test_a_failed_action_is_found_by_its_task(package: Path, tmp_path: Path):
    with FakeXo(vms=12, lag=0) as xo:
        file, vm = tmp_path / "audit.log", xo.find("vms", power_state="Running")["id"]
        async with over_stdio(package, variables(xo, XO_MCP_AUDIT_LOG=str(file))) as client:
            await client.call_tool("start_vm", {"id": vm})
        last = read(file)[-1]
        assert last["outcome"] == "failed"
        assert xo.record("tasks", last["task"]) is not None


async def test_an_action_that_outlives_its_call_is_found_by_its_task(package: Path, tmp_path: Path):
    with FakeXo(vms=12, lag=0, task_seconds=20) as xo:
        file, vm = tmp_path / "audit.log", xo.find("vms", power_state="Halted")["id"]
        settings = variables(xo, XO_MCP_AUDIT_LOG=str(file))
        async with over_stdio(package, settings) as client, anyio.create_task_group() as calls:
            calls.start_soon(client.call_tool, "start_vm", {"id": vm})
            await until(lambda: any(seen.route == "GET /tasks/{id}" for seen in xo.requests))
            calls.cancel_scope.cancel()
        last = read(file)[-1]
        assert last["outcome"] == "cancelled"
        assert xo.record("tasks", last["task"]) is not None

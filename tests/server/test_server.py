"""The server over stdio, in both protocol eras, with the SDK's own client and a fake XO."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
import tiny_package
from fake_xo.server import FakeXo
from mcp import Client
from mcp.shared.exceptions import MCPError
from serving import ERAS, SPOKEN, over_stdio, text_of, variables

pytestmark = pytest.mark.anyio
READS = {"list_vms", "get_vm", "get_host", "ping", "break_down", "list_archives"}
SECRET = "planted-secret-token"


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with FakeXo(vms=12, lag=0) as fake:
        yield fake


async def names(client: Client) -> set[str]:
    return {tool.name for tool in (await client.list_tools()).tools}


@pytest.mark.parametrize("era", ERAS)
async def test_a_whole_conversation(package: Path, xo: FakeXo, era: str):
    async with over_stdio(package, variables(xo), era=era) as client:
        assert client.protocol_version == SPOKEN[era]
        assert client.server_info.name == "xen-orchestra"
        assert client.server_info.version == "0.0.1"
        assert client.instructions is not None
        assert len(client.instructions) < 2_000
        listing = await client.list_tools()
        assert {tool.name for tool in listing.tools} == READS | {"start_vm", "update_vm", "delete_vm", "add_vm_tag"}
        assert all(tool.output_schema is None for tool in listing.tools)
        assert all(tool.annotations and tool.annotations.destructive_hint is not None for tool in listing.tools)

        answer = await client.call_tool("list_vms", {"limit": 2, "fields": ["name_label", "power_state"]})
        assert not answer.is_error
        assert answer.structured_content is not None
        assert answer.structured_content["count"] == 2
        assert answer.structured_content["_notes"][0].startswith("There are more than 2")
        assert json.loads(text_of(answer)) == answer.structured_content

        identifier = answer.structured_content["items"][0]["id"]
        renamed = await client.call_tool("update_vm", {"id": identifier, "nameLabel": "renamed"})
        assert not renamed.is_error, text_of(renamed)
        shown = await client.call_tool("get_vm", {"id": identifier, "fields": "name_label"})
        assert shown.structured_content == {"id": identifier, "name_label": "renamed"}


@pytest.mark.parametrize("era", ERAS)
async def test_calls_at_once_get_their_own_answers(package: Path, xo: FakeXo, era: str):
    got: dict[str, object] = {}

    async def ask(client: Client, identifier: str) -> None:
        answer = await client.call_tool("get_vm", {"id": identifier, "fields": "name_label"})
        assert answer.structured_content is not None
        assert json.loads(text_of(answer)) == answer.structured_content
        got[identifier] = answer.structured_content["id"]

    async with over_stdio(package, variables(xo), era=era) as client:
        listed = await client.call_tool("list_vms", {"fields": "id"})
        assert listed.structured_content is not None
        identifiers = [each["id"] for each in listed.structured_content["items"]]
        async with anyio.create_task_group() as tasks:
            for identifier in identifiers:
                tasks.start_soon(ask, client, identifier)
    assert got == {identifier: identifier for identifier in identifiers}
    assert len(got) > 1


@pytest.mark.parametrize("era", ERAS)
async def test_failures_are_answers_a_model_can_read(package: Path, xo: FakeXo, era: str, tmp_path: Path):
    log = tmp_path / "log"
    async with over_stdio(package, variables(xo, XO_TOKEN=xo.reader_token), era=era, log=log) as client:
        wrong = await client.call_tool("list_vms", {"format": "xml"})
        assert wrong.is_error
        assert text_of(wrong) == 'list_vms was not called. format must be one of json, markdown, not "xml".'

        absent = await client.call_tool("get_vm", {"id": "00000000-0000-4000-8000-000000000000"})
        assert absent.is_error
        assert "no such" in text_of(absent).lower()

        vm = xo.find("vms")["id"]
        refused = await client.call_tool("update_vm", {"id": vm, "nameLabel": "x"})
        assert refused.is_error
        assert "privilege" in text_of(refused)

        broken = await client.call_tool("break_down", {})
        assert broken.is_error
        assert "fault in this server" in text_of(broken)
        assert SECRET not in text_of(broken)
        assert "Traceback" not in text_of(broken)
    written = log.read_text()
    assert "RuntimeError" in written
    assert xo.reader_token not in written


@pytest.mark.parametrize("era", ERAS)
async def test_an_unknown_tool_is_a_protocol_error_with_the_nearest_name(package: Path, xo: FakeXo, era: str):
    async with over_stdio(package, variables(xo), era=era) as client:
        with pytest.raises(MCPError) as caught:
            await client.call_tool("list_vm", {})
    assert caught.value.code == -32602
    assert caught.value.message.startswith("Unknown tool: list_vm; did you mean list_vms")


async def test_without_actions_writes_are_absent_and_unknown(package: Path, xo: FakeXo):
    before = len(xo.requests)
    async with over_stdio(package, variables(xo, XO_MCP_ENABLE_ACTIONS="0")) as client:
        assert await names(client) == READS
        assert "read-only" in (client.instructions or "")
        with pytest.raises(MCPError) as caught:
            await client.call_tool("delete_vm", {"id": xo.find("vms")["id"]})
    assert caught.value.code == -32602
    assert caught.value.message == "Unknown tool: delete_vm (the server was started without --enable-actions)"
    assert [seen.method for seen in xo.requests[before:] if seen.method != "GET"] == []


async def test_a_former_name_still_works_but_is_not_listed(package: Path, xo: FakeXo):
    halted = xo.find("vms", power_state="Halted")["id"]
    async with over_stdio(package, variables(xo)) as client:
        assert "boot_vm" not in await names(client)
        answer = await client.call_tool("boot_vm", {"id": halted})
    assert answer.structured_content is not None
    assert answer.structured_content["status"] == "success"
    record = xo.record("vms", halted)
    assert record is not None
    assert record["power_state"] == "Running"


async def test_arguments_python_can_not_name_reach_the_function(package: Path, xo: FakeXo):
    async with over_stdio(package, variables(xo)) as client:
        answer = await client.call_tool("list_archives", {"backup-repository": "one"})
    assert answer.structured_content == {"repository": "one", "_notes": ["A note."]}
    assert json.loads(text_of(answer)) == answer.structured_content


async def test_markdown_carries_the_notes_and_the_data_as_well(package: Path, xo: FakeXo):
    async with over_stdio(package, variables(xo)) as client:
        answer = await client.call_tool("list_vms", {"limit": 1, "format": "markdown"})
    assert "|name_label|" in text_of(answer)
    assert "There are more than 1" in text_of(answer)
    assert answer.structured_content is not None
    assert answer.structured_content["count"] == 1


async def test_progress_reaches_who_asked_for_it(package: Path):
    heard: list[float] = []

    async def listen(done: float, *_: object) -> None:
        heard.append(done)

    with FakeXo(vms=12, lag=0, task_seconds=2.5) as slow:
        halted = slow.find("vms", power_state="Halted")["id"]
        async with over_stdio(package, variables(slow)) as client:
            answer = await client.call_tool("start_vm", {"id": halted, "timeout": 20}, progress_callback=listen)
    assert not answer.is_error, text_of(answer)
    assert heard
    assert heard == sorted(heard)


async def test_it_starts_and_lists_without_an_xo_and_says_so_when_called(package: Path, tmp_path: Path):
    settings = {"XO_URL": "http://127.0.0.1:9", "XO_TOKEN": SECRET, "XO_MCP_LOG_LEVEL": "info"}
    log = tmp_path / "log"
    async with over_stdio(package, settings, log=log) as client:
        assert await names(client) == {"list_vms", "get_vm"}
        answer = await client.call_tool("list_vms", {})
        assert answer.is_error
        assert "http://127.0.0.1:9" in text_of(answer)
        with anyio.fail_after(20):
            while "can't be used yet" not in log.read_text():  # noqa: ASYNC110 - another process writes it
                await anyio.sleep(0.05)
    assert SECRET not in log.read_text()


async def test_xo_s_own_switch_is_honoured(package: Path):
    with FakeXo(vms=3, mcp_enabled=False) as xo:
        async with over_stdio(package, variables(xo)) as client:
            answer = await client.call_tool("list_vms", {})
    assert answer.is_error
    assert "switched" in text_of(answer)
    assert [seen.route for seen in xo.requests if seen.status == 200] == []


async def test_the_search_surface_finds_describes_and_calls(package: Path, xo: FakeXo):
    settings = variables(xo, XO_MCP_SURFACE="search")
    async with over_stdio(package, settings) as client:
        assert await names(client) == {"search_tools", "describe_tools", "call_tool_read", "call_tool_write"}
        found = await client.call_tool("search_tools", {"query": "start the machine"})
        assert found.structured_content is not None
        assert found.structured_content["tools"][0]["name"] == "start_vm"
        described = await client.call_tool("describe_tools", {"names": ["delete_vm"]})
        assert described.structured_content is not None
        assert "confirm_token" in described.structured_content["tools"][0]["inputSchema"]["properties"]
        listed = await client.call_tool("call_tool_read", {"name": "list_vms", "arguments": {"limit": 1}})
        assert listed.structured_content is not None
        assert listed.structured_content["count"] == 1
        for name, tool, part in (
            ("call_tool_read", "delete_vm", "call it with call_tool_write"),
            ("call_tool_write", "list_vms", "call it with call_tool_read"),
            ("call_tool_read", "list_vm", "did you mean list_vms"),
            ("call_tool_write", "shutdown_host", "--allow-denied"),
        ):
            refused = await client.call_tool(name, {"name": tool, "arguments": {"id": "x"}})
            assert refused.is_error
            assert part in text_of(refused)
        asked = await client.call_tool(
            "call_tool_write", {"name": "delete_vm", "arguments": {"id": xo.find("vms")["id"]}}
        )
        assert asked.structured_content is not None
        assert asked.structured_content["status"] == "confirmation_needed"
        with pytest.raises(MCPError, match="call it through"):
            await client.call_tool("list_vms", {})


async def test_reading_only_the_search_surface_has_no_tool_that_writes(package: Path, xo: FakeXo):
    async with over_stdio(package, variables(xo, XO_MCP_SURFACE="search", XO_MCP_ENABLE_ACTIONS="0")) as client:
        assert await names(client) == {"search_tools", "describe_tools", "call_tool_read"}
        with pytest.raises(MCPError, match="Unknown tool: call_tool_write"):
            await client.call_tool("call_tool_write", {"name": "delete_vm", "arguments": {}})


def test_it_ends_when_the_client_leaves(package: Path, xo: FakeXo):
    process = subprocess.Popen(
        tiny_package.command(),
        env=tiny_package.environment(package, **variables(xo)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    output, errors = process.communicate(b"", timeout=60)
    assert process.returncode == 0
    assert (output, errors) == (b"", b"")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once_though_its_input_stays_open(package: Path, xo: FakeXo, number: signal.Signals):
    with subprocess.Popen(
        tiny_package.command(),
        env=tiny_package.environment(package, **variables(xo)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == 1
        process.send_signal(number)
        assert process.wait(30) == 128 + number
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_nothing_but_the_protocol_goes_to_standard_output(package: Path, xo: FakeXo):
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    }
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    fault = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "break_down", "arguments": {}}}
    process = subprocess.Popen(
        tiny_package.command("--log-level", "debug"),
        env=tiny_package.environment(package, **variables(xo)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    lines = []
    for message in (hello, ready, fault):
        process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
        if "id" in message:
            lines.append(process.stdout.readline())
    rest, errors = process.communicate(timeout=60)
    answers = [json.loads(line) for line in [*lines, *rest.splitlines()]]
    assert [answer["id"] for answer in answers] == [1, 2]
    assert answers[0]["result"]["protocolVersion"] == "2024-11-05"
    assert "RuntimeError" in errors
    assert xo.admin_token not in errors

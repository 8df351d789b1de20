"""The session: what a person asks for, and what an AI calls for them."""

import hashlib
import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import anyio
from mcp import Client
from mcp.types import CallToolResult, ImageContent, TextContent

from demo.screen import Screen, size


class Demo:
    """Calls tools and shows it.

    Args:
        client: Connected to the server.
        screen: Where it shows.
        folder: Holds the exports, the chart and the audit log.
    """

    def __init__(self, client: Client, screen: Screen, folder: Path) -> None:
        self._client = client
        self._screen = screen
        self._folder = folder

    async def run(self) -> None:
        """The whole session."""
        await self._offer()
        await self._hosts()
        started, doomed, *_ = await self._halted()
        await self._start(started)
        await self._statistics(started)
        await self._export(doomed)
        await self._delete(doomed, started)
        self._audit()

    async def _call(self, tool: str, **arguments: Any) -> CallToolResult:
        self._screen.call(tool, arguments)
        return await self._client.call_tool(tool, arguments, progress_callback=self._progress)

    async def _progress(self, done: float, total: float | None, message: str | None) -> None:
        if total:
            # XO says "REST API: start VM", and then what XAPI calls the same.
            self._screen.progress(done / total, (message or "").removeprefix("REST API: ").partition(":")[0])

    async def _offer(self) -> None:
        self._screen.ask("What can you do here?")
        tools = (await self._client.list_tools()).tools
        reads = sum(bool(tool.annotations and tool.annotations.read_only_hint) for tool in tools)
        self._screen.answer(
            f"{len(tools)} tools are offered, those for daily work and one that exports: {reads} that only read, "
            f"{len(tools) - reads} that change something.\n"
            "Without --enable-actions those are absent; --toolsets all offers every operation of XO."
        )

    async def _hosts(self) -> None:
        self._screen.ask("How much memory do the running VMs of each host take together?")
        sql = (
            "SELECT h.name_label, count(*) AS vms, sum(v.memory_size) AS memory FROM vms v "
            "JOIN hosts h ON h.id = v.container WHERE v.power_state = 'Running' GROUP BY h.id"
        )
        rows = _data(await self._call("query_inventory", sql=sql))["rows"]
        self._screen.table([{"host": host, "VMs": str(vms), "memory": size(memory)} for host, vms, memory in rows])

    async def _halted(self) -> list[dict[str, Any]]:
        self._screen.ask("Which of my VMs are switched off?")
        found = await self._call("list_vms", filter="power_state:Halted", fields="id,name_label,CPUs,memory")
        machines: list[dict[str, Any]] = _data(found)["items"]
        self._screen.table(
            [
                {
                    "name": vm["name_label"],
                    "CPUs": str(vm["CPUs"]["number"]),
                    "memory": size(vm["memory"]["size"]),
                    "id": vm["id"],
                }
                for vm in machines
            ]
        )
        return machines

    async def _start(self, vm: dict[str, Any]) -> None:
        self._screen.ask(f"Start {vm['name_label']}.")
        done = _data(await self._call("start_vm", id=vm["id"]))
        self._screen.answer(f"{done['status']} (XO's task {done['taskId']})")

    async def _statistics(self, vm: dict[str, Any]) -> None:
        self._screen.ask("How busy is it? Draw me a chart.")
        result = await self._call("get_vm_stats", id=vm["id"], chart=True)
        series = _data(result)["series"]
        self._screen.table(
            [
                {"series": name, **{key: f"{series[name][key]:.1f} %" for key in ("min", "avg", "max", "last")}}
                for name in ("cpuUsage", "cpus.0", "cpus.1")
            ]
        )
        chart = self._folder / "chart.png"
        chart.write_bytes(next(b64decode(block.data) for block in result.content if isinstance(block, ImageContent)))
        self._screen.answer(f"... and {len(series) - 3} more series; chart: {chart}")

    async def _export(self, vm: dict[str, Any]) -> None:
        self._screen.ask(f"Save {vm['name_label']} to a file.")
        saved = _data(await self._call("export_vm_xva", id=vm["id"], filename=f"{vm['name_label']}.xva"))
        content = await anyio.Path(saved["path"]).read_bytes()
        same = hashlib.sha256(content).hexdigest() == saved["sha256"] and len(content) == saved["size"]
        self._screen.answer(
            f"path    {saved['path']}\nsize    {saved['size']:,} bytes\nsha256  {saved['sha256']}\n"
            f"        {'checked: the file has that size and sum' if same else 'THE FILE DIFFERS'}"
        )

    async def _delete(self, vm: dict[str, Any], other: dict[str, Any]) -> None:
        self._screen.ask("Then delete it.")
        refused = await self._call("delete_vm", id=vm["id"])
        self._screen.refusal(_text(refused))
        self._screen.ask("Yes, delete it.")
        token = _data(refused)["confirm_token"]
        await self._call("delete_vm", id=vm["id"], confirm_token=token)
        left = _data(await self._call("list_vms", filter="power_state:Halted", fields="name_label"))["items"]
        self._screen.answer(f"deleted; still switched off: {', '.join(each['name_label'] for each in left)}")
        self._screen.ask("(says nothing; the AI tries the same agreement on another VM)")
        self._screen.refusal(_text(await self._call("delete_vm", id=other["id"], confirm_token=token)))

    def _audit(self) -> None:
        self._screen.ask("What did the AI change?")
        log = self._folder / "audit.jsonl"
        lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        self._screen.answer(f"{log} has a line before and after every write; the last two:")
        done = [line for line in lines if line["tool"] == "delete_vm" and line["outcome"] in {"started", "done"}]
        for line in done:
            self._screen.answer(json.dumps(line), "")


def _data(result: CallToolResult) -> dict[str, Any]:
    if result.structured_content is None:
        raise RuntimeError(_text(result))
    return result.structured_content


def _text(result: CallToolResult) -> str:
    return "\n".join(block.text for block in result.content if isinstance(block, TextContent))

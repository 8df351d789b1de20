"""What goes wrong meanwhile: answers of XO that break in every way, and clients that leave or never finish asking."""

import json
import random
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import anyio
import httpx2
from attacks.wire import headers, request
from fake_xo import FakeXo
from fake_xo.faults import AFTER, INSTEAD, Fault
from listener import Served

KINDS = (*INSTEAD, *AFTER, "status-401", "status-403", "status-500", "status-502", "status-503")
"""Every way in which a network, a proxy or XO itself breaks an answer."""
IN_WAIT = 3
"""Faults that may wait for a request at once, so that most requests still go well."""
CLIENTS = 6
LEAVING = 0.25
"""How many calls are left before they are answered."""
JUNK = (
    b"",
    b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{",
    b"GET /health HTTP/1.1\r\nHost: loc",
    b"\x00\xff\x1b[2J\r\n\r\n",
    b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\nx",
    b"X" * 100_000,
)


class Mischief:
    """Calls of all kinds, and what spoils them; counts what came of it.

    Args:
        xo: Where faults are put in wait.
        chance: Decides everything.
    """

    def __init__(self, xo: FakeXo, chance: random.Random) -> None:
        self._xo = xo
        self._chance = chance
        self.counts: Counter[str] = Counter()
        self.complaints: list[str] = []
        self.is_ending = False
        """Whether the server was asked to stop: what it cancels is answered with a bare 500."""

    async def against(self, served: Served, seconds: float) -> None:
        """Keep at it for some seconds; when it ends, so does every call."""
        with anyio.move_on_after(seconds):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._break_answers)
                tasks.start_soon(self._send_junk, served)
                for _ in range(CLIENTS):
                    tasks.start_soon(self._call_again_and_again, served)

    async def exports(self, served: Served, number: int) -> None:
        """Exports that make no progress until somebody ends them."""
        self._xo.xo.faults.clear()
        self._xo.fault("GET /vms/{id}.{format}", "stall", times=None)
        vm = self._xo.find("vms", power_state="Halted")["id"]
        async with httpx2.AsyncClient(timeout=60) as http, anyio.create_task_group() as tasks:
            for _ in range(number):
                tasks.start_soon(self._one_call, http, served, "export_vm_xva", {"id": vm})

    async def _break_answers(self) -> None:
        waiting: list[Fault] = []
        while True:
            kind = self._chance.choice(KINDS)
            method = self._chance.choice(("*", "GET *", "POST *", "* /vms/{id}", "GET /vms/{id}.{format}"))
            fault = self._xo.fault(method, kind, seconds=self._chance.uniform(0.01, 1), size=1 << 20)
            self.counts[f"fault {kind}"] += 1
            waiting.append(fault)
            while len(waiting) > IN_WAIT:
                oldest = waiting.pop(0)
                oldest.times = oldest.hits  # disarmed
            await anyio.sleep(self._chance.uniform(0.05, 0.4))

    async def _send_junk(self, served: Served) -> None:
        host, _, port = served.base.removeprefix("http://").rpartition(":")
        while True:
            with suppress(OSError), _connected(host, int(port)) as client:
                client.sendall(self._chance.choice(JUNK))
                self.counts["junk"] += 1
                await anyio.sleep(self._chance.uniform(0.05, 1))

    async def _call_again_and_again(self, served: Served) -> None:
        async with httpx2.AsyncClient(timeout=60) as http:
            while True:
                name, arguments = self._drawn()
                leaves = self._chance.random() < LEAVING
                with anyio.move_on_after(self._chance.uniform(0, 0.7) if leaves else 45) as scope:
                    await self._one_call(http, served, name, arguments)
                self.counts["left" if scope.cancelled_caught else "answered"] += 1
                await anyio.sleep(self._chance.uniform(0, 0.1))

    async def _one_call(
        self, http: httpx2.AsyncClient, served: Served, name: str, arguments: dict[str, object]
    ) -> None:
        # As ASCII: half a character can be sent no other way.
        message = json.dumps(request("tools/call", name=name, arguments=arguments))
        sent = {**headers("tools/call", name), "Content-Type": "application/json"}
        try:
            answer = await http.post(served.url, content=message, headers=sent)
        except httpx2.HTTPError as error:
            self.counts[f"no answer: {type(error).__name__}"] += 1
            return
        if (answer.status_code >= 500 and not self.is_ending) or "fault in this server" in answer.text:
            self.complaints.append(f"{name} {arguments}: {answer.status_code} {answer.text[:300]}")

    def _drawn(self) -> tuple[str, dict[str, object]]:
        vms = [record["id"] for record in self._xo.xo.store.every("vms")]
        vm = self._chance.choice(vms)
        calls: tuple[tuple[str, dict[str, object]], ...] = (
            ("list_vms", {"fields": "*", "limit": 50}),
            ("list_vms", {"filter": "name_label:prod", "format": "markdown"}),
            ("get_vm", {"id": vm}),
            ("get_vm_stats", {"id": vm}),
            ("list_tasks", {}),
            ("query_inventory", {"sql": "SELECT h.name_label, count(*) FROM vms v JOIN hosts h ON h.id = v.container"}),
            ("query_inventory", {"sql": "SELECT * FROM vm_load"}),
            ("check_health", {}),
            ("start_vm", {"id": vm, "timeout": 5}),
            ("clean_shutdown_vm", {"id": vm, "timeout": 5}),
            ("snapshot_vm", {"id": vm, "timeout": 5}),
            ("update_vm", {"id": vm, "nameDescription": "x" * self._chance.randrange(100)}),
            ("add_vm_tag", {"id": vm, "tag": f"tag-{self._chance.randrange(5)}"}),
            ("export_vm_xva", {"id": vm}),
            ("update_vm", {"id": "no-such-vm", "nameLabel": "x"}),
            ("delete_vm", {"id": "\ud83d"}),
        )
        return self._chance.choice(calls)


@contextmanager
def _connected(host: str, port: int) -> Iterator[socket.socket]:
    with socket.create_connection((host, port), timeout=5) as client:
        yield client

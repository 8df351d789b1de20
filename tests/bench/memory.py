"""Memory of the idle server against the smallest one, and what a big list leaves."""

from bench.figures import Figure
from bench.session import fake_xo
from bench.spoken import ONE_TOOL, OURS, script, speaking

VMS = 2000
GOAL_MIB = 4
SETTLED, LISTS = 15, 40
"""After so many lists the allocator has what it needs; what still grows after as many again would be a leak."""


def measure() -> list[Figure]:
    """Resident memory after `tools/list`, and the peak after lists of every VM with all fields (Linux only)."""
    with speaking(script(ONE_TOOL)) as one, speaking(OURS) as ours:
        for server in (one, ours):
            server.hello()
            server.ask("tools/list")
        idle = Figure(
            what="memory, idle with all tools", value=ours.mebibytes(), base=one.mebibytes(),
            reference="a server of one tool", unit="MiB",
        )  # fmt: skip
    with (
        fake_xo(vms=VMS) as xo,
        speaking(OURS, XO_URL=xo.url, XO_TOKEN=xo.token, XO_MCP_OUTPUT_BUDGET="100000000") as ours,
    ):
        ours.hello()
        ours.ask("tools/call", name="list_vms", arguments={})
        before, peaks = ours.mebibytes("VmHWM"), []
        for _ in range(LISTS):
            ours.ask("tools/call", name="list_vms", arguments={"fields": "*", "limit": VMS})
            peaks.append(ours.mebibytes("VmHWM"))
    return [
        idle,
        Figure(
            what=f"peak memory of a list of {VMS:,} VMs with all fields", value=peaks[0], base=before,
            reference="before it", unit="MiB", added=True,
        ),
        Figure(
            what=f"the same after {LISTS} such lists", value=peaks[-1], base=peaks[SETTLED - 1],
            reference=f"after {SETTLED}", unit="MiB", most=GOAL_MIB, added=True,
        ),
    ]  # fmt: skip

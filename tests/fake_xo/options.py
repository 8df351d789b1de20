"""The options of a fake XO."""

from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START = 1_795_219_200_000
"""The fake's clock starts here by default (2026-11-21, in ms), so that two runs show the same times."""


def newest_spec() -> Path:
    """The facts of the newest release in `specs/`."""
    numbers = {file: file.stem.removeprefix("xo-").split(".") for file in (ROOT / "specs").glob("xo-*.json")}
    return max(numbers, key=lambda file: [int(number) for number in numbers[file]])


@dataclass(kw_only=True)
class Options:
    """How big the pool is, and how XO behaves. Times in seconds; what is marked (live) may be changed while it runs.

    Attributes:
        vms: VMs in the pool; disks, NICs and the rest follow.
        seed: Ids and values follow from it.
        now: Where the fake's clock starts, in ms since 1970.
        spec: The facts of the release it plays, from `specs/`; the newest by default.
        plugins: The SDN controller, IPMI sensors and audit routes are there.
        lag: (live) How long reads show the old state after a write.
        task_seconds: (live) How long an action takes.
        followed: (live) JSON-RPC work goes on only when its log or task was read since its last step.
        failure_bytes: (live) How much a failed task says on top (200 kB of stack and records in a bad case).
        busy_vdi_seconds: (live) How long deleting an attached VDI hangs before it fails (50 s in a real XO).
        ping_seconds: Between two `ping` events.
        auth_throttle: (live) How long a user name is locked after a wrong password.
        basic_seconds: (live) What checking a password costs (0.25 s in a real XO).
        write_seconds: (live) How long deleting a VM takes before XO answers (36 s seen on slow storage).
        busy_seconds: (live) How long an answer keeps XO's only thread busy (0.0035 s for one VM in a real XO).
        restart_seconds: (live) How long right credentials get 401 after a start over (0.6 s in a real XO).
        connect_seconds: (live) How long lists of a pool stay empty after its server was connected.
        max_token_validity: The longest life of a token, in ms; XO's default is half a year.
        ovs_refuses: (live) Open vSwitch refuses traffic rules, and the SDN plugin answers success all the same.
        archive_cache: (live) How long the list of backup archives is remembered.
        log_cache: (live) How long logs of backups are remembered (10 s in a real XO).
        export_bytes: (live) Size of an exported disk or VM.
        gzip: Answers are compressed for who accepts it.
        mcp_enabled: (live) XO's kill switch for MCP clients.
        starting: (live) Accept connections and answer nothing.
        pool: (live) `connected`, `connecting` or `disconnected`; the last two hide everything XAPI knows.
        swagger: A file to serve as `/docs/swagger.json`; absent: `spec`.
        tls: "" for plain HTTP, `good`, `wrong-host`, `self-signed` or `expired`.
        port: 0 picks a free one.
        chatter: (live) Every so often, signed-in JSON-RPC sockets are notified of a changed host; 0: never.
        measuring: (live) Statistics go on with the clock; off: they end where it started, so that a test computes
            its truth from the points that were served, however long it took.
        console: (live) Where the VNC server behind every console listens, `host:port`; "": a small one of the fake.
    """

    vms: int = 60
    seed: int = 1
    now: int = START
    spec: Path = field(default_factory=newest_spec)
    plugins: bool = True
    lag: float = 0.15
    task_seconds: float = 0.05
    followed: bool = False
    failure_bytes: int = 0
    busy_vdi_seconds: float = 0.2
    ping_seconds: float = 30.0
    auth_throttle: float = 2.0
    basic_seconds: float = 0.0
    write_seconds: float = 0.0
    busy_seconds: float = 0.0
    restart_seconds: float = 0.0
    connect_seconds: float = 0.0
    max_token_validity: int = 184 * 86_400_000
    ovs_refuses: bool = False
    archive_cache: float = 0.0
    log_cache: float = 0.0
    export_bytes: int = 1 << 20
    gzip: bool = True
    mcp_enabled: bool = True
    starting: bool = False
    pool: str = "connected"
    swagger: Path | None = None
    tls: str = ""
    port: int = 0
    chatter: float = 0.0
    measuring: bool = False
    console: str = ""

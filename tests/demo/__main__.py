"""`python -m demo`, from the folder `tests`: fake XO, real server, real client."""

import os
import sys
import tempfile
from pathlib import Path

import anyio
from fake_xo.server import FakeXo, running_fake_xo
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from demo.screen import Screen
from demo.session import Demo

SERVER = Path(sys.executable).with_name("xen-orchestra-mcp")
VMS = 12
EXPORT_BYTES = 8 << 20
TASK_SECONDS = 1.2


def main() -> int:
    """Show the session; answers the exit code."""
    if not SERVER.is_file():
        print("The server is not installed: run `make demo` in the repository's top folder.", file=sys.stderr)
        return 1
    folder = Path(tempfile.mkdtemp(prefix="xo-demo-"))
    with running_fake_xo(vms=VMS, task_seconds=TASK_SECONDS, export_bytes=EXPORT_BYTES) as fake:
        try:
            anyio.run(_show, fake, folder)
        except Exception:
            print((folder / "server.log").read_text(encoding="utf-8"), file=sys.stderr)
            raise
    return 0


async def _show(fake: FakeXo, folder: Path) -> None:
    screen = Screen()
    screen.title(
        "A session with xen-orchestra-mcp",
        f"A fake Xen Orchestra with {VMS} VMs listens on loopback; the installed server is a process of its own",
        f"and speaks MCP over stdio. No real XO, no AI: this script calls what an AI would. Files: {folder}",
    )
    parameters = StdioServerParameters(command=str(SERVER), env=_environment(fake, folder))
    with (folder / "server.log").open("w", encoding="utf-8") as errors:
        async with Client(stdio_client(parameters, errlog=errors)) as client:
            await Demo(client, screen, folder).run()
    screen.end("That was all of it. README.md says how to connect it to your own Xen Orchestra.")


def _environment(fake: FakeXo, folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XO_")}
    return kept | {
        "XO_URL": fake.url,
        "XO_TOKEN": fake.admin_token,
        "XO_MCP_ENABLE_ACTIONS": "1",
        "XO_MCP_TOOLS": "export_vm_xva",
        "XO_MCP_TOOLSETS": "default",
        "XO_MCP_DOWNLOAD_DIR": str(folder / "exports"),
        "XO_MCP_AUDIT_LOG": str(folder / "audit.jsonl"),
    }


if __name__ == "__main__":
    sys.exit(main())

"""A package of a few hand-made tools around the real run-time library, for tests that must not depend on generation."""

import atexit
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from newest import NEWEST

ROOT = Path(__file__).resolve().parents[2]
CACHE = tempfile.mkdtemp(prefix="xo-mcp-cache-")
"""Not the user's own: what an XO at the same port said in an earlier run would count."""
atexit.register(shutil.rmtree, CACHE, ignore_errors=True)
TEMPLATES = ROOT / "templates" / "xo_mcp"
ID = {"id": {"type": "string"}}
TIMEOUT = {"timeout": {"type": "number", "minimum": 0}}
LIST = {
    "filter": {"type": "string"},
    "fields": {"type": "string"},
    "limit": {"type": "integer", "minimum": 1},
    "format": {"type": "string", "enum": ["json", "markdown"]},
}
SOME = {name: LIST[name] for name in ("fields", "format")}

RELEASE = f'''"""What this package was generated from."""

VERSION = "0.0.1"
XO_RELEASE = "{NEWEST.name}"
REST_API = "{NEWEST.rest_api}"
SPEC_SHA256 = "00"
'''

RECORDS = {
    "XoVm": dict.fromkeys(
        ("id", "uuid", "name_label", "name_description", "power_state", "tags", "$pool", "$container"), "string"
    ),
    "XoHost": dict.fromkeys(("id", "name_label", "address", "power_state"), "string"),
}

MODULES = {
    "vms": """
from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def list_vms(
    xo: Xo, *, filter: str | Omit = OMIT, fields: str = "name_label,power_state", limit: int = 50, format: str = "json"
) -> Answer:
    return await xo.list(Call("GET", "/vms"), record="XoVm", filter=filter, fields=fields, limit=limit, format=format)


async def get_vm(xo: Xo, *, id: str, fields: str | Omit = OMIT, format: str = "json") -> Answer:
    return await xo.get(Call("GET", "/vms/{id}", path={"id": id}), record="XoVm", fields=fields, format=format)


async def start_vm(xo: Xo, *, id: str, hostId: str | Omit = OMIT, timeout: float = 60) -> Answer:
    return await xo.action(
        Call("POST", "/vms/{id}/actions/start", path={"id": id}, body={"hostId": hostId}),
        timeout=timeout,
        reads="/vms/{id}",
        final_state={"power_state": "Running"},
    )


async def update_vm(xo: Xo, *, id: str, nameLabel: str | Omit = OMIT) -> Answer:
    return await xo.write(Call("PATCH", "/vms/{id}", path={"id": id}, body={"nameLabel": nameLabel}), reads="/vms/{id}")


async def delete_vm(xo: Xo, *, id: str) -> Answer:
    return await xo.write(Call("DELETE", "/vms/{id}", path={"id": id}), reads="/vms/{id}")


async def add_vm_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    return await xo.write(Call("PUT", "/vms/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/vms/{id}")
""",
    "hosts": """
from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def get_host(xo: Xo, *, id: str, fields: str | Omit = OMIT, format: str = "json") -> Answer:
    return await xo.get(Call("GET", "/hosts/{id}", path={"id": id}), record="XoHost", fields=fields, format=format)


async def shutdown_host(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    return await xo.action(Call("POST", "/hosts/{id}/actions/clean_shutdown", path={"id": id}), timeout=timeout)
""",
    "rest": """
from xo_mcp.answer import Answer
from xo_mcp.types import Call
from xo_mcp.xo import Xo


async def ping(xo: Xo) -> Answer:
    return await xo.read(Call("GET", "/ping"))


async def break_down(xo: Xo) -> Answer:
    raise RuntimeError("a fault with planted-secret-token in it")


async def list_archives(xo: Xo, *, backup_repository: str) -> Answer:
    return Answer({"repository": backup_repository}, notes=("A note.",))
""",
}

READ, WRITE, DESTRUCTIVE = "read", "write", "destructive"


def tool(
    name: str,
    operation: str | None,
    properties: dict[str, Any],
    *required: str,
    effect: str = READ,
    **facts: Any,
) -> dict[str, Any]:
    """One entry of `definitions/*.json`, as the generator renders it."""
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        schema["required"] = list(required)
    hints = {
        "readOnlyHint": effect == READ,
        "destructiveHint": effect == DESTRUCTIVE,
        "idempotentHint": effect == READ,
        "openWorldHint": False,
    }
    return {
        "tool": {
            "name": name,
            "title": name.replace("_", " ").capitalize(),
            "description": f"{name.replace('_', ' ').capitalize()}.",
            "inputSchema": {**schema, "additionalProperties": False},
            "annotations": hints,
        },
        "facts": {"operation": operation, "effect": effect, **facts},
    }


def definitions() -> dict[str, list[dict[str, Any]]]:
    """Every tool of the tiny package by tag."""
    return {"vms": _of_vms(), "hosts": _of_hosts(), "rest": _of_neither()}


def _of_vms() -> list[dict[str, Any]]:
    host = {"type": "string", "description": "Host to start on (list_hosts)"}
    return [
        tool("list_vms", "GET /vms", LIST, operationId="GetVms", kind="list", default=True, record="XoVm"),
        tool("get_vm", "GET /vms/{id}", ID | SOME, "id", operationId="GetVm", kind="get", default=True, record="XoVm"),
        tool(
            "start_vm",
            "POST /vms/{id}/actions/start",
            ID | {"hostId": host} | TIMEOUT,
            "id",
            effect=WRITE,
            operationId="StartVm",
            kind="action",
            default=True,
            aliases=["boot_vm"],
        ),
        tool(
            "update_vm",
            "PATCH /vms/{id}",
            ID | {"nameLabel": {"type": "string"}},
            "id",
            effect=WRITE,
            operationId="UpdateVm",
            kind="write",
            since="6.5",
        ),
        tool(
            "delete_vm",
            "DELETE /vms/{id}",
            ID,
            "id",
            effect=DESTRUCTIVE,
            operationId="DeleteVm",
            kind="write",
            warning=[{"text": "The VM is {power_state}: XO powers it off hard."}, {"text": "The VM is deleted."}],
        ),
        tool(
            "add_vm_tag",
            "PUT /vms/{id}/tags/{tag}",
            ID | {"tag": {"type": "string"}},
            "id",
            "tag",
            effect=WRITE,
            operationId="PutVmTag",
            kind="write",
        ),
    ]


def _of_hosts() -> list[dict[str, Any]]:
    return [
        tool(
            "get_host",
            "GET /hosts/{id}",
            ID | SOME,
            "id",
            operationId="GetHost",
            kind="get",
            record="XoHost",
            since="5.111",
        ),
        tool(
            "shutdown_host",
            "POST /hosts/{id}/actions/clean_shutdown",
            ID | TIMEOUT,
            "id",
            effect=DESTRUCTIVE,
            denied=True,
            operationId="CleanShutdownHost",
            kind="action",
        ),
    ]


def _of_neither() -> list[dict[str, Any]]:
    return [
        tool("ping", "GET /ping", {}, operationId="Ping"),
        tool("break_down", None, {}),
        tool(
            "list_archives",
            None,
            {"backup-repository": {"type": "string"}},
            "backup-repository",
            python={"backup-repository": "backup_repository"},
        ),
    ]


def build(folder: Path) -> Path:
    """Write the package below `folder`.

    Returns:
        The folder to put on `PYTHONPATH`.
    """
    package = folder / "xo_mcp"
    shutil.copytree(TEMPLATES, package, ignore=shutil.ignore_patterns("*.j2", "__pycache__"))
    (package / "release.py").write_text(RELEASE, encoding="utf-8")
    (package / "records.json").write_text(json.dumps(RECORDS), encoding="utf-8")
    shutil.copy(ROOT / "generated" / "xo_mcp" / "decisions.json", package)
    for folder_of_data in ("objects", "inventory"):
        for rendered in (ROOT / "generated" / "xo_mcp" / folder_of_data).glob("*.json"):
            shutil.copy(rendered, package / folder_of_data)
    for tag, tools in definitions().items():
        document = json.dumps({"tag": tag, "tools": tools}, indent=2)
        (package / "definitions" / f"{tag}.json").write_text(document, encoding="utf-8")
    (package / "tools" / "__init__.py").write_text('"""Tools."""\n', encoding="utf-8")
    for module, source in MODULES.items():
        (package / "tools" / f"{module}.py").write_text(f'"""Tools."""\n{source}', encoding="utf-8")
    return folder


def environment(package: Path, **variables: str) -> dict[str, str]:
    """Variables for a process that runs the tiny package and sees nothing else of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XO_")}
    ours = {"PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1", "XDG_CACHE_HOME": CACHE}
    return kept | ours | variables


def command(*arguments: str) -> list[str]:
    """The command line that runs the tiny package."""
    return [sys.executable, "-m", "xo_mcp", *arguments]

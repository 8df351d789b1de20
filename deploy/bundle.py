"""Makes the bundle that Claude Desktop installs with a double click: python3 deploy/bundle.py [FOLDER, else dist].

The bundle holds the server and what it needs by name; Claude Desktop's own `uv` fetches the rest at the first start.
`make package` has it checked by the bundle's own tool from npm.
"""

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "generated"
KEPT = ("pyproject.toml", "README.md", "LICENSE")
NAME = "xen-orchestra-mcp"


def manifest() -> dict[str, Any]:
    """What Claude Desktop reads: how to start the server, and what to ask its user for."""
    registry = json.loads((PACKAGE / "server.json").read_text(encoding="utf-8"))
    return {
        "manifest_version": "0.4",
        "name": NAME,
        "display_name": registry["title"],
        "version": registry["version"],
        "description": registry["description"],
        "author": {"name": f"The {NAME} contributors"},
        "license": "Apache-2.0",
        "server": {
            "type": "uv",
            "entry_point": "xo_mcp/__main__.py",
            "mcp_config": {
                "command": "uv",
                "args": ["run", "--directory", "${__dirname}", NAME],
                "env": {
                    "XO_URL": "${user_config.url}",
                    "XO_TOKEN": "${user_config.token}",
                    "XO_MCP_ENABLE_ACTIONS": "${user_config.actions}",
                    "XO_MCP_DOWNLOAD_DIR": "${user_config.downloads}",
                },
            },
        },
        "tools_generated": True,
        "prompts_generated": True,
        "user_config": {
            "url": {
                "type": "string",
                "title": "Address of Xen Orchestra",
                "description": "Such as https://xo.example.org",
                "required": True,
            },
            "token": {
                "type": "string",
                "title": "Token",
                "description": "Authentication token of the XO user to act as (user page of XO)",
                "required": True,
                "sensitive": True,
            },
            "actions": {
                "type": "boolean",
                "title": "May change things",
                "description": "Offer tools that change something; what destroys still asks you each time",
                "default": False,
            },
            "downloads": {
                "type": "directory",
                "title": "Folder for exports",
                "description": "The only folder that exports are written to",
                "default": "${HOME}/Downloads",
            },
        },
        "compatibility": {"platforms": ["darwin", "win32", "linux"], "runtimes": {"python": ">=3.11"}},
    }


def files() -> list[Path]:
    """What goes in: the package, without what Python compiled."""
    package = (PACKAGE / "xo_mcp").rglob("*")
    found = [each for each in package if each.is_file() and each.suffix != ".pyc"]
    return sorted([PACKAGE / name for name in KEPT] + found)


def bundle(folder: Path) -> Path:
    """Write the bundle, the same bytes from the same files.

    Args:
        folder: Made if it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{NAME}.mcpb"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("manifest.json"), json.dumps(manifest(), indent=2) + "\n")
        for file in files():
            archive.writestr(zipfile.ZipInfo(file.relative_to(PACKAGE).as_posix()), file.read_bytes())
    return target


if __name__ == "__main__":
    print(bundle(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist"))

"""`make foreign`: build servers from documents of other products, with nothing decided, and list their tools.

The documents come from packages of npm and PyPI by name, and are not kept. Each must build, start, list every tool it
built, and have schemas that `check` accepts. What fails is a kind: it becomes a small document in `tests/hazards/`.
"""

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from generator.api.portable import problems

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Foreign:
    """A document and where it is.

    Attributes:
        package: `name@version` of npm, or `name==version` of PyPI.
        file: Inside the package.
    """

    package: str
    file: str


DOCUMENTS = (
    Foreign("@figma/rest-api-spec@0.43.0", "openapi/openapi.yaml"),
    Foreign("@scalar/galaxy@0.2.20", "dist/3.1.json"),
    Foreign("@directus/specs@15.2.0", "dist/openapi.json"),
    Foreign("@blockfrost/openapi@0.1.93", "openapi.yaml"),
    Foreign("apache-airflow-core==3.3.2", "airflow/api_fastapi/core_api/openapi/v2-rest-api-generated.yaml"),
    Foreign("@octokit/openapi@23.0.2", "generated/api.github.com.json"),
)


class TrialError(Exception):
    """A document does not become a server."""


def fetched(document: Foreign, folder: Path) -> Path:
    """The document, out of its package; no script of the package is run, and nothing else of it is written.

    Raises:
        TrialError: It can't be had.
    """
    folder.mkdir()
    command = _pip(document.package) if "==" in document.package else _npm(document.package)
    if subprocess.run(command, cwd=folder, check=False, stdout=subprocess.DEVNULL).returncode:
        raise TrialError(f"`{' '.join(command)}` failed")
    path = folder / Path(document.file).name
    try:
        path.write_bytes(_unpacked(next(folder.iterdir()), document.file))
    except KeyError as error:
        raise TrialError(f"{document.package} holds no {document.file}") from error
    return path


def _npm(package: str) -> list[str]:
    npm = shutil.which("npm")
    if npm is None:
        raise TrialError("the npm client is missing: install Node.js")
    return [npm, "pack", "--silent", "--ignore-scripts", package]


def _pip(package: str) -> list[str]:
    return [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", package]


def _unpacked(archive: Path, file: str) -> bytes:
    """One file of a wheel or an npm package; `KeyError` when it is not there."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(file)
    with tarfile.open(archive) as package:
        found = package.extractfile(f"package/{file}")
        if found is None:
            raise KeyError(file)
        return found.read()


def built(document: Path, folder: Path) -> Path:
    """The server of a document, without any override.

    Raises:
        TrialError: The generator refuses it.
    """
    out, overrides = folder / "out", folder / "overrides"
    overrides.mkdir()
    command = ["build", "--spec", str(document), "--overrides", str(overrides), "--out", str(out)]
    done = subprocess.run([sys.executable, "-m", "generator", *command], cwd=ROOT, check=False)
    if done.returncode:
        raise TrialError(f"`{' '.join(command)}` ended with {done.returncode}")
    return out


def definitions(server: Path) -> dict[str, dict[str, object]]:
    """What the server is to offer, by name."""
    files = (server / "xo_mcp" / "definitions").glob("*.json")
    tools = [entry["tool"] for path in files for entry in json.loads(path.read_bytes())["tools"]]
    return {tool["name"]: tool for tool in tools}


async def tool_names(server: Path) -> set[str]:
    """The names of the tools that a server offers; nothing listens at the address it is given."""
    settings = {
        "PYTHONPATH": str(server), "PATH": os.environ["PATH"], "XO_URL": "http://127.0.0.1:9", "XO_TOKEN": "none-such",
        "XO_MCP_ENABLE_ACTIONS": "1", "XO_MCP_ALLOW_DENIED": "1", "XO_MCP_TOOLSETS": "all",
    }  # fmt: skip
    parameters = StdioServerParameters(command=sys.executable, args=["-m", "xo_mcp"], env=settings)
    names, cursor = set(), None
    async with Client(stdio_client(parameters)) as client:
        while True:
            page = await client.list_tools(cursor=cursor)
            names |= {tool.name for tool in page.tools}
            cursor = page.next_cursor
            if cursor is None:
                return names


def tried(document: Foreign, folder: Path) -> int:
    """Try one; answers how many tools it has.

    Raises:
        TrialError: Says what does not work.
    """
    server = built(fetched(document, folder), folder)
    wanted = definitions(server)
    if refused := [line for tool in wanted.values() for line in problems(tool)]:
        raise TrialError(f"clients refuse {len(refused)} schemas, the first: {refused[0]}")
    if differing := wanted.keys() ^ asyncio.run(tool_names(server)):
        raise TrialError(f"the server does not list what was built: {', '.join(sorted(differing)[:5])}")
    return len(wanted)


def main() -> int:
    """Try all; 0 when each becomes a server."""
    parser = argparse.ArgumentParser(prog="python -m foreign", description=__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="WORD", default="", help="those whose package has this word in its name")
    options = parser.parse_args()
    failed = 0
    for document in DOCUMENTS:
        if options.only not in document.package:
            continue
        print(f"\n{document.package}", flush=True)
        since = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(prefix="foreign-") as folder:
                count = tried(document, Path(folder) / "trial")
        except TrialError as error:
            failed += 1
            print(f"failed: {error}", file=sys.stderr)
        else:
            print(f"{count} tools built, listed and portable; {time.monotonic() - since:.0f} s")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())

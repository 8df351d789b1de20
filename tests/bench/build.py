"""How long a build takes: against what it can't do without, and for APIs from 10 to 5,000 operations."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from newest import NEWEST

from bench.figures import Figure
from bench.rounds import interleaved, python
from generator.rendering.verifier import PROGRAM

PARSE = f"""
import json, pathlib
from openapi_pydantic.v3.v3_0 import OpenAPI
OpenAPI.model_validate(json.loads(pathlib.Path({str(NEWEST.spec)!r}).read_bytes()))
"""
GOAL = 4
SIZES = (10, 50, 270, 1000, 5000)
USUAL = 270
"""About as many operations as XO has."""
WORDS = ("disk", "host", "pool", "task", "user", "rule", "view", "zone", "lock", "mark")
TEXT, ID = {"type": "string"}, {"in": "path", "name": "id", "required": True, "schema": {"type": "string"}}


def measure(rounds: int = 5) -> list[Figure]:
    """Medians over interleaved rounds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build = [sys.executable, "-m", "generator", "build", "--json", "--out"]
        ruff = [sys.executable, "-m", "ruff", "format", "--check", "--no-cache", "generated"]
        commands = {"parse": python(PARSE), "ruff": ruff, "build": [*build, str(folder / "xo")]}
        found = interleaved(commands | {"verify": [sys.executable, "-I", "-B", str(PROGRAM), "generated"]}, rounds)
        for size in SIZES:
            (folder / f"{size}.json").write_text(json.dumps(synthetic(size)))
        grown = interleaved(
            {
                str(size): [*build, str(folder / f"out-{size}"), "--spec", str(folder / f"{size}.json")]
                for size in SIZES
            },
            max(1, rounds // 2),
        )
    base = found["parse"] + found["ruff"]
    reference = "parsing the spec and one ruff run"
    return [
        Figure(
            what=f"build of XO {NEWEST.name}", value=found["build"], base=base, reference=reference, unit="s", most=GOAL
        ),
        Figure(
            what="importing and checking what it wrote, of that", value=found["verify"], base=base, reference=reference,
            unit="s",
        ),
        *_scaling({int(size): seconds for size, seconds in grown.items()}),
    ]  # fmt: skip


def _scaling(seconds: dict[int, float]) -> list[Figure]:
    """Milliseconds for each operation: where they grow with the API's size, something is worse than linear."""
    each = {size: took / size * 1000 for size, took in seconds.items()}
    return [
        Figure(
            what=f"build of {size:,} operations, each", value=cost, base=each[USUAL], reference=f"each of {USUAL}",
            unit="ms", most=1.0 if size > USUAL else None,
        )
        for size, cost in each.items()
    ]  # fmt: skip


def synthetic(operations: int) -> dict[str, Any]:
    """An API of so many operations: things to list, create, read, change and delete, about 25 to a tag."""
    paths: dict[str, Any] = {}
    for number in range(operations // 5):
        name = "-".join(WORDS[int(digit)] for digit in f"{number:03d}")
        collection, one = paths.setdefault(f"/{name}s", {}), paths.setdefault(f"/{name}s/{{id}}", {})
        tag = f"tag{number // 5}"
        record = {"type": "object", "properties": {f"{word}_{key}": TEXT for word in WORDS for key in ("id", "name")}}
        body = {"required": True, "content": {"application/json": {"schema": record}}}
        rows = {"type": "array", "items": record}
        collection["get"] = {"tags": [tag], "responses": _answers(rows)}
        collection["post"] = {"tags": [tag], "requestBody": body, "responses": _answers(record)}
        one["get"] = {"tags": [tag], "parameters": [ID], "responses": _answers(record)}
        one["patch"] = {"tags": [tag], "parameters": [ID], "requestBody": body, "responses": _answers(record)}
        one["delete"] = {"tags": [tag], "parameters": [ID], "responses": {"204": {"description": ""}}}
    return {"openapi": "3.0.3", "info": {"title": f"{operations} operations", "version": "1"}, "paths": paths}


def _answers(schema: dict[str, Any]) -> dict[str, Any]:
    return {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}

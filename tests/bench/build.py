"""How long a build takes, against what it can't do without: parsing the spec and one ruff run over the output."""

import sys
import tempfile

from bench.rounds import interleaved, medians, python

PARSE = """
import json, pathlib
from openapi_pydantic.v3.v3_0 import OpenAPI
OpenAPI.model_validate(json.loads(pathlib.Path('specs/xo-6.7.1.json').read_bytes()))
"""
GOAL = 2.5


def measure(rounds: int = 5) -> dict[str, float]:
    """Median seconds of each part, and the ratio build / (parse + ruff)."""
    with tempfile.TemporaryDirectory() as folder:
        found = medians(
            interleaved(
                {
                    "parse": python(PARSE),
                    "ruff": [sys.executable, "-m", "ruff", "format", "--check", "--no-cache", "generated"],
                    "build": [sys.executable, "-m", "generator", "build", "--json", "--out", f"{folder}/out"],
                },
                rounds,
            )
        )
    return {**found, "ratio": found["build"] / (found["parse"] + found["ruff"])}

"""What tests of hazardous documents share: a document's model, and the tools built from it."""

import json
from pathlib import Path

from generator.api.portable import problems
from generator.model.builder import build_model
from generator.model.model import Model
from generator.model.overrides import Overrides
from generator.rendering.output import build
from generator.specs.specs import load_document

HAZARDS = Path(__file__).resolve().parent.parent / "hazards"


def model_of(hazard: str) -> Model:
    """The model of one hazard's document, with nothing decided about it."""
    return build_model([load_document(HAZARDS / f"{hazard}.yaml")], Overrides())


def built(hazard: str, folder: Path) -> dict[str, dict]:
    """Build for real (render, format, import); the definitions by operation."""
    build(model_of(hazard), folder / "out", step=lambda _: None)
    found = {}
    for path in sorted((folder / "out/xo_mcp/definitions").glob("*.json")):
        for entry in json.loads(path.read_text())["tools"]:
            found[entry["tool"]["_meta"]["xo"]["operation"]] = {"module": path.stem, **entry}
    return found


def arguments(entry: dict) -> dict[str, dict]:
    """The schemas of a tool's arguments."""
    return entry["tool"]["inputSchema"]["properties"]


def strict(definition: dict) -> list[str]:
    """What some client refuses in a definition."""
    return list(problems(definition))

"""The document of an XO that runs plugins."""

import json
from pathlib import Path

from generator.layout import SPECS


def live(tmp_path: Path, release: str) -> Path:
    """What an XO with two plugins tells: the SDN controller, in part, and one nobody here knows."""
    facts = json.loads((SPECS / f"xo-{release}.json").read_text())
    del facts["x-xo-release"]
    sdn = json.loads((SPECS / "plugins" / "sdn-controller.json").read_text())
    for kind in ("networks", "vifs"):
        path = f"/plugins/sdn-controller/{kind}/{{id}}/actions/update_traffic_rule"
        facts["paths"][path] = {"post": {**sdn["paths"][path]["post"], "tags": ["external"]}}
        del facts["paths"][path]["post"]["parameters"][1:]
    facts["components"]["schemas"] |= sdn["components"]["schemas"]
    facts["paths"]["/plugins/coffee/pots"] = {"get": {"tags": ["external"], "responses": {"200": {"description": "x"}}}}
    file = tmp_path / "live.json"
    file.write_text(json.dumps(facts))
    return file

"""Run as a program: import every module of a rendered tree and hold it against its definitions.

Started before there is a tree, so that the libraries it needs are loaded while the tree is drawn: it then reads the
folder from standard input, and answers one line of JSON: `{"modules": 70, "tools": 275, "problem": null}`.
"""

import contextlib
import gc
import importlib
import inspect
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

PACKAGE = "xo_mcp"
HEAVY = ("mcp.server", "httpx2", "jsonschema", "jwt")


def main() -> int:
    """Load the libraries, wait for the folder, check it; 0 when it holds."""
    gc.disable()  # a short life that only allocates: collecting would cost a quarter of it
    _defer_validators()
    for name in HEAVY:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    line = sys.stdin.readline().rstrip("\n")
    root = Path(line)
    if not line or not (root / PACKAGE).is_dir():
        return 1
    sys.path.insert(0, str(root))
    modules = tools = 0
    problem = None
    place = PACKAGE
    try:
        for place in _modules(root):
            importlib.import_module(place)
            modules += 1
        for path in sorted((root / PACKAGE / "definitions").glob("*.json")):
            place = path.name
            tools += hold(json.loads(path.read_text(encoding="utf-8")))
    except Exception as error:  # noqa: BLE001 - whatever fails here is what the maintainer has to see
        problem = f"{place}: {type(error).__name__}: {error}"
    sys.stdout.write(json.dumps({"modules": modules, "tools": tools, "problem": problem}) + "\n")
    return 0 if problem is None else 1


def _defer_validators() -> None:
    """Let pydantic build validators when they are first used: of the SDK's thousand, checking uses next to none."""
    with contextlib.suppress(ImportError):
        pydantic: Any = importlib.import_module("pydantic")
        pydantic.BaseModel.model_config["defer_build"] = True
        _Deferred.real = pydantic.TypeAdapter
        pydantic.TypeAdapter = _Deferred


class _Deferred:
    """Stands for a `pydantic.TypeAdapter`, which always builds its validator at once."""

    real: ClassVar[Callable[..., Any]]

    def __init__(self, *args: Any, **options: Any) -> None:
        self._make = partial(_Deferred.real, *args, **options)

    def __class_getitem__(cls, _: Any) -> type["_Deferred"]:
        return cls

    def __getattr__(self, name: str) -> Any:
        return getattr(self._make(), name)


def _modules(root: Path) -> list[str]:
    names = []
    for path in sorted((root / PACKAGE).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def hold(content: dict[str, Any]) -> int:
    """Each definition has a function that takes exactly its arguments."""
    for entry in content["tools"]:
        name, facts = entry["tool"]["name"], entry["facts"]
        function = getattr(importlib.import_module(f"{PACKAGE}.tools.{facts['module']}"), name)
        schema = entry["tool"]["inputSchema"]
        renamed = facts["python"]
        wanted = {renamed.get(key, key): key in schema.get("required", ()) for key in schema["properties"]}
        taken = {
            parameter.name: parameter.default is parameter.empty
            for parameter in list(inspect.signature(function).parameters.values())[1:]
        }
        if wanted != taken:
            raise TypeError(f"{name} takes {sorted(taken)}, its definition says {sorted(wanted)}")
    return len(content["tools"])


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # taking thousands of modules apart in order would take as long as checking them

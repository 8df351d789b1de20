"""Run as a program: imports every module of a rendered tree and checks it against its definitions.

What only an optional extra of the package brings can't be imported here, installed or not: a module that needs it at
once is passed over, and nothing else may depend on such a module.

Answers one line of JSON: `{"modules": 70, "tools": 275, "problem": null}`.
"""

import ast
import importlib
import importlib.abc
import inspect
import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

PACKAGE = "xo_mcp"


def main() -> int:
    """Check the folder that is named; 0 when it holds."""
    root = Path(sys.argv[1])
    sys.path.insert(0, str(root))
    extras = _Extras(root / "pyproject.toml")
    sys.meta_path.insert(0, extras)
    modules = tools = 0
    problem = None
    at = PACKAGE
    try:
        for at in _modules(root):
            modules += extras.let_import(at, root)
        for path in sorted((root / PACKAGE / "definitions").glob("*.json")):
            at = path.name
            tools += hold(json.loads(path.read_text(encoding="utf-8")), path.stem)
    except Exception as error:  # noqa: BLE001 - whatever fails here is what the maintainer has to see
        problem = f"{at}: {type(error).__name__}: {error}"
    sys.stdout.write(json.dumps({"modules": modules, "tools": tools, "problem": problem}) + "\n")
    return 0 if problem is None else 1


class _Extras(importlib.abc.MetaPathFinder):
    """Refuses the modules of the package's optional extras.

    Args:
        project: The package's `pyproject.toml`.
    """

    def __init__(self, project: Path) -> None:
        facts = tomllib.loads(project.read_text(encoding="utf-8"))["project"] if project.is_file() else {}
        found = facts.get("optional-dependencies", {})
        names = [re.split(r"[^\w.-]", requirement)[0].lower() for every in found.values() for requirement in every]
        self._names = {name.replace("-", sign) for name in names for sign in "_."}

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Refuse what an extra brings, and leave the rest to the others."""
        del path, target
        if self._brings(name):
            raise ModuleNotFoundError(
                f"{name} comes with an optional extra only: import it where it is used", name=name
            )

    def let_import(self, module: str, root: Path) -> bool:
        """Import a module; answers whether it could be, or needs an extra itself.

        Raises:
            Exception: Whatever importing it raises.
        """
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as error:
            path = root.joinpath(*module.split("."))
            source = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
            if error.name is None or not self._brings(error.name) or error.name not in _imports(source):
                raise
            return False
        return True

    def _brings(self, name: str) -> bool:
        parts = name.lower().split(".")
        return any(".".join(parts[:length]) in self._names for length in range(1, len(parts) + 1))


def _imports(source: Path) -> set[str]:
    """What a module imports as soon as it is imported itself."""
    found = set()
    for node in ast.parse(source.read_bytes()).body:
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def _modules(root: Path) -> list[str]:
    names = []
    for path in sorted((root / PACKAGE).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def hold(content: dict[str, Any], module: str) -> int:
    """Each definition has a function that takes exactly its arguments."""
    for entry in content["tools"]:
        name, facts = entry["tool"]["name"], entry["facts"]
        function = getattr(importlib.import_module(f"{PACKAGE}.tools.{module}"), name)
        schema = entry["tool"]["inputSchema"]
        renamed = facts.get("python", {})
        wanted = {renamed.get(key, key): key in schema.get("required", ()) for key in schema["properties"]}
        taken = {
            parameter.name: parameter.default is parameter.empty
            for parameter in list(inspect.signature(function).parameters.values())[1:]
        }
        if wanted != taken:
            raise TypeError(f"{name} takes {sorted(taken)}, its definition says {sorted(wanted)}")
    return len(content["tools"])


if __name__ == "__main__":
    sys.exit(main())

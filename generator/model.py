"""The model: everything `generated/` shows, as frozen data. Templates ask it and decide nothing."""

import json
from dataclasses import dataclass, field
from typing import Any

from generator import __version__
from generator.identifiers import ModuleName
from generator.records import Fields
from generator.tool import Tool


@dataclass(frozen=True)
class Drop:
    """An operation that becomes no tool, and why."""

    key: str
    reason: str


@dataclass(frozen=True)
class Split:
    """A route that became several tools, and the values nobody decided about."""

    key: str
    parameter: str
    tools: tuple[str, ...]
    undecided: tuple[str, ...]


@dataclass(frozen=True)
class Module:
    """One tag: a Python module of tools."""

    name: ModuleName
    tag: str
    description: str
    tools: tuple[Tool, ...]

    @property
    def imports(self) -> list[str]:
        """Names the module takes from the run-time library."""
        source = " ".join([line for tool in self.tools for line in (*tool.signature, tool.call)])
        return [name for name in ("OMIT", "Json", "Omit") if name in source.replace("(", " ").replace("[", " ")]

    @property
    def uses_literal(self) -> bool:
        """Whether a signature names allowed values."""
        return any("Literal[" in line for tool in self.tools for line in tool.signature)

    @property
    def definitions(self) -> str:
        """`definitions/<module>.json`."""
        tools = [{"tool": tool.definition, "facts": tool.facts} for tool in self.tools]
        return dump({"tag": self.tag, "description": self.description, "tools": tools})


@dataclass(frozen=True)
class Model:
    """Everything `generated/` shows."""

    release: str
    rest_api: str
    spec_sha256: str
    modules: tuple[Module, ...]
    drops: tuple[Drop, ...]
    splits: tuple[Split, ...]
    records: dict[str, Fields]
    operations: int
    plugin_operations: int
    operation_keys: frozenset[str] = field(repr=False)

    @property
    def tools(self) -> list[Tool]:
        """Every tool, by module."""
        return [tool for module in self.modules for tool in module.tools]

    @property
    def uncurated(self) -> list[Tool]:
        """Tools nobody described yet."""
        return [tool for tool in self.tools if not tool.curated]

    @property
    def undecided(self) -> list[Tool]:
        """Tools whose effect only the pessimistic default gives."""
        return [tool for tool in self.tools if not tool.hints.decided]

    @property
    def version(self) -> str:
        """The version of the generated distribution."""
        return __version__

    @property
    def generator(self) -> str:
        """The generator's version."""
        return __version__

    @property
    def records_json(self) -> str:
        """`records.json`."""
        return dump(self.records)

    @property
    def lock(self) -> str:
        """`lock.json`: what this tree was made from."""
        return dump(
            {
                "generator": __version__,
                "rest_api": self.rest_api,
                "spec_sha256": self.spec_sha256,
                "tools": len(self.tools),
                "xo_release": self.release,
            }
        )


def dump(data: Any) -> str:
    """JSON for reading and diffing, ASCII only so that nothing hides in it."""
    return json.dumps(data, indent=2, ensure_ascii=True) + "\n"

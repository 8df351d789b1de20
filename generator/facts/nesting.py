"""Finds the place where a document is too deep for parsers that call themselves at each level."""

import re
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent, MappingStartEvent, NodeEvent

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[][{},:]', re.DOTALL)


def json_steps(text: str, depth: int) -> list[str]:
    """The keys and indices that lead to the first value so many levels down; none where there is no such value."""
    steps: list[str | int] = []
    last = ""
    for token in _TOKEN.finditer(text):
        match token[0]:
            case "{" | "[" as opening:
                if len(steps) == depth:
                    return [str(step) for step in steps]
                steps.append(0 if opening == "[" else "")
            case "}" | "]":
                del steps[-1:]
            case ",":
                steps[-1:] = [step + 1 if isinstance(step, int) else step for step in steps[-1:]]
            case ":":
                steps[-1:] = [last]
            case string:
                last = string[1:-1]
    return []


@dataclass
class _Collection:
    """One that is open: whether it has keys, the nodes it had so far, and the step to the newest value."""

    is_mapping: bool
    nodes: int = 0
    step: str = ""

    def take(self, node: NodeEvent) -> None:
        if not self.is_mapping:
            self.step = str(self.nodes)
        elif self.nodes % 2 == 0:
            self.step = str(getattr(node, "value", ""))
        self.nodes += 1


def yaml_steps(data: bytes, depth: int) -> list[str]:
    """As `json_steps`, of YAML."""
    opened: list[_Collection] = []
    for event in YAML(typ="safe", pure=True).parse(data):
        if isinstance(event, NodeEvent) and opened:
            opened[-1].take(event)
        if isinstance(event, CollectionStartEvent):
            if len(opened) == depth:
                return [collection.step for collection in opened]
            opened.append(_Collection(isinstance(event, MappingStartEvent)))
        elif isinstance(event, CollectionEndEvent):
            opened.pop()
    return []

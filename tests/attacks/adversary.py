"""What a regular expression uses in the package, and texts made from its own parts that make a bad one slow."""

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import xo_mcp

USES = ("match", "fullmatch", "search", "finditer", "findall", "sub", "split")
SMALL, FACTOR = 1_000, 8
TOLERATED = 3 * FACTOR
"""How much longer a text may take that is `FACTOR` times as long: a quadratic expression takes `FACTOR` squared."""
NOISE = 0.004
"""Seconds of processor time below which nothing is distinguished. A quadratic expression takes much longer."""
MOST = 20
"""Parts of one expression that are tried."""
ENDINGS = ("", "\x00", "\n!")


@dataclass(frozen=True)
class Used:
    """One expression and one way in which the package uses it."""

    place: str
    pattern: re.Pattern[Any]
    method: str

    def run(self, text: str) -> None:
        """Use it on a text, to the end."""
        data = text.encode("latin-1", errors="replace") if isinstance(self.pattern.pattern, bytes) else text
        use: Callable[..., Any] = getattr(self.pattern, self.method)
        found = use((lambda match: match[0]), data) if self.method == "sub" else use(data)
        if self.method == "finditer":
            for _ in found:
                pass

    def seconds(self, text: str) -> float:
        """Processor time, the least of three: other programs take none of it."""
        taken = []
        for _ in range(3):
            began = time.process_time()
            self.run(text)
            taken.append(time.process_time() - began)
            if taken[-1] < NOISE:
                break
        return min(taken)

    def is_slow_on(self, make: Callable[[int], str]) -> bool:
        """Whether time grows faster than the text."""
        long = self.seconds(make(SMALL * FACTOR))
        return long > NOISE and long > TOLERATED * max(self.seconds(make(SMALL)), NOISE / FACTOR / 4)


def used_patterns() -> list[Used]:
    """Every expression that modules of the package keep or functions write down, once for each way it is used."""
    sources = _sources()
    methods: dict[str, set[str]] = {}
    for tree in sources.values():
        for name, method in _uses(tree):
            methods.setdefault(name, set()).add(method)
    found: list[Used] = []
    for module in _modules():
        of_any_name = {method for name, method in _uses(sources[Path(str(module.__file__))]) if name != "re"}
        for name, value in vars(module).items():
            # What is in a table is used by another name, which may be any of its module.
            known = methods.get(name, set()) if isinstance(value, re.Pattern) else of_any_name - {"split"}
            for pattern in _kept(value):
                found += [Used(f"{module.__name__}.{name}", pattern, method) for method in sorted(known or {"search"})]
    for method, first, place in _written_in_functions():
        if isinstance(first, ast.Constant):
            found.append(Used(place, re.compile(first.value), "search" if method == "compile" else method))
    return list({(used.pattern.pattern, used.pattern.flags, used.method): used for used in found}.values())


def made_at_run_time() -> set[str]:
    """`module.function` of every expression that is no constant and that no module keeps."""
    return {place for _, first, place in _written_in_functions() if not isinstance(first, ast.Constant)}


@cache
def _sources() -> dict[Path, ast.AST]:
    root = Path(xo_mcp.__file__).parent
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(root.rglob("*.py"))}


def _uses(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """`NAME.sub(...)`: the name and the method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in USES and isinstance(node.value, ast.Name | ast.Attribute):
            yield node.value.id if isinstance(node.value, ast.Name) else node.value.attr, node.attr


def _kept(value: Any) -> Iterator[re.Pattern[Any]]:
    """The expressions that a value holds, in tables of any shape too."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for part in [*value, *value.values()]:
            yield from _kept(part)
    elif isinstance(value, tuple | list | set | frozenset):
        for part in value:
            yield from _kept(part)
    elif isinstance(value, type) and value.__module__.startswith("xo_mcp"):
        for part in vars(value).values():
            if isinstance(part, re.Pattern | tuple):
                yield from _kept(part)


def _written_in_functions() -> Iterator[tuple[str, ast.expr | None, str]]:
    """`re.sub("...", ...)` inside a function: the method, the expression, and where it is."""
    for path, tree in _sources().items():
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        for function, node in ((each, node) for each in functions for node in ast.walk(each)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            called, method = node.func.value, node.func.attr
            if isinstance(called, ast.Name) and called.id == "re" and method in {*USES, "compile"}:
                yield method, next(iter(node.args), None), f"{path.stem}.{function.name}"


def _modules() -> Iterator[Any]:
    for found in pkgutil.walk_packages(xo_mcp.__path__, "xo_mcp."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def attacks(pattern: re.Pattern[Any]) -> Iterator[Callable[[int], str]]:
    """Makers of texts of a wanted length: parts of the expression, one after another, with an end that does not fit."""
    found = _parts(_parser.parse(pattern.pattern, pattern.flags))
    parts = sorted({part for part in found if part}, key=lambda part: (len(part), part))[:MOST]
    for first, again, end in product(["", *parts], parts, ENDINGS):
        yield lambda size, first=first, again=again, end=end: first + again * (size // len(again)) + end
    for one, other in product(parts, parts):
        if one != other:
            yield lambda size, both=one + other: both * (size // len(both)) + "\x00"


def _parts(tree: Iterable[Any]) -> Iterator[str]:
    """A text for each part of an expression, and what precedes each; the whole comes last."""
    whole, word = "", ""
    for operator, value in tree:
        if operator is sre.LITERAL:
            word += chr(value)
            continue
        inner = list(_of_node(operator, value))
        yield from (word, whole + word, *inner)
        whole, word = whole + word + (inner[0] if inner else ""), ""
    yield word
    yield whole + word


def _of_node(operator: Any, value: Any) -> Iterator[str]:
    if operator is sre.NOT_LITERAL:
        yield "x" if value != ord("x") else "y"
    elif operator is sre.ANY:
        yield "x"
    elif operator is sre.IN:
        yield from _of_set(value)
    elif operator in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
        low, _, inner = value
        found = list(_parts(inner))
        yield found[-1] * max(1, min(low, 30))
        yield from found
    elif operator is sre.SUBPATTERN:
        found = list(_parts(value[-1]))
        yield found[-1]
        yield from found
    elif operator is sre.ATOMIC_GROUP:
        yield from _parts(value)
    elif operator is sre.BRANCH:
        for branch in value[1]:
            found = list(_parts(branch))
            yield found[-1]
            yield from found
    elif operator in {sre.ASSERT, sre.ASSERT_NOT}:
        # It takes no room in the text, but what it looks for is worth trying.
        yield ""
        yield from _parts(value[1])


def _of_set(members: Iterable[Any]) -> Iterator[str]:
    negated, excluded = False, set()
    samples: list[str] = []
    for operator, value in members:
        if operator is sre.NEGATE:
            negated = True
        elif operator is sre.LITERAL:
            samples.append(chr(value))
        elif operator is sre.RANGE:
            samples.append(chr(value[0]))
        elif operator is sre.CATEGORY:
            samples.append({"SPACE": " ", "DIGIT": "7", "WORD": "w"}.get(str(value).rpartition("_")[2], "-"))
    if negated:
        excluded = set(samples)
        yield next(sign for sign in "x-7 Z" if sign not in excluded)
    yield from samples[:4]

"""Whether the search surface finds what administrators ask for, in words written before its synonyms were."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest
from newest import PINNED, number
from ruamel.yaml import YAML
from xo_mcp.config.config import Config
from xo_mcp.definitions import load_entries
from xo_mcp.safety.policy import offer
from xo_mcp.search.ranking import Ranking
from xo_mcp.search.wishes import unserved
from xo_mcp.server.search import FOUND
from xo_mcp.server.surface import cost, definitions

SET: Final = Path(__file__).with_name("requests.yaml")
EVERYTHING: Final = Config(enable_actions=True, allow_denied=True, surface="search")
REQUIRED_IN_FIRST_FIVE: Final = 0.95
REQUIRED_FIRST: Final = 0.75


@dataclass(frozen=True)
class Wish:
    """One request: the rank of its acceptable tools among what was found, 1 being first; 0 when they are not shown."""

    request: str
    acceptable: tuple[str, ...]
    found: tuple[str, ...]

    @property
    def rank(self) -> int:
        return next((rank for rank, name in enumerate(self.found, 1) if name in self.acceptable), 0)


def load() -> dict[str, dict[str, list[str]]]:
    return YAML(typ="safe").load(SET.read_text(encoding="utf-8"))


def wishes(part: dict[str, list[str]], config: Config = EVERYTHING) -> list[Wish]:
    ranking = Ranking(offer(load_entries(), config).entries)
    return [
        Wish(request, tuple(tools), tuple(entry.name for entry in ranking.find(request, FOUND)))
        for request, tools in part.items()
    ]


def report(title: str, made: list[Wish]) -> tuple[float, float]:
    """Print and return the shares found in the first five and in first place."""
    five = sum(wish.rank > 0 for wish in made) / len(made)
    first = sum(wish.rank == 1 for wish in made) / len(made)
    print(f"\n{title}: {len(made)} requests, {five:.1%} in the first {FOUND}, {first:.1%} first")
    for wish in made:
        if wish.rank != 1:
            rank = f"rank {wish.rank}" if wish.rank else "MISSED"
            print(f"  {rank}: {wish.request!r} wants {', '.join(wish.acceptable)}; found {', '.join(wish.found)}")
    return five, first


def test_everyday_words_find_the_tool():
    parts = load()
    made = [wish for part in parts.values() for wish in wishes(part)]
    for title, part in parts.items():
        report(title, wishes(part))
    five, first = report("together", made)
    assert five >= REQUIRED_IN_FIRST_FIVE
    assert first >= REQUIRED_FIRST


def test_a_read_only_server_is_searched_as_well():
    reads = {entry.name for entry in load_entries() if entry.facts.effect == "read"}
    parts = load().values()
    answerable = {request: tools for part in parts for request, tools in part.items() if reads.intersection(tools)}
    five, first = report("read-only", wishes(answerable, Config(surface="search")))
    assert five >= REQUIRED_IN_FIRST_FIVE
    assert first >= REQUIRED_FIRST


def test_the_set_is_large_varied_and_names_tools_that_exist():
    together = [pair for part in load().values() for pair in part.items()]
    table = {entry.name: entry for entry in load_entries()}
    named = {name for _, tools in together for name in tools}
    assert len(together) >= 160
    assert len({request.casefold() for request, _ in together}) == len(together)
    assert named <= set(table)
    tags = {table[name].facts.module for name in named}
    known = {entry.facts.module for entry in table.values() if number(entry.facts.since or PINNED) <= number(PINNED)}
    assert len(known - tags) <= len(tags) // 8, f"nearly every toolset is asked for; not {known - tags}"
    effects = {table[name].facts.effect for name in named}
    assert effects >= {"read", "write", "destructive"}


def test_a_useless_ranking_fails():
    """The figures mean something: the tools in the order of their names answer next to nothing."""
    part = {request: tools for part in load().values() for request, tools in part.items()}
    alphabet = tuple(sorted(entry.name for entry in load_entries()))[:FOUND]
    made = [replace(wish, found=alphabet) for wish in wishes(part)]
    assert sum(wish.rank > 0 for wish in made) / len(made) < 0.1


@pytest.mark.parametrize("enable_actions", [False, True])
def test_the_search_surface_itself_is_small(*, enable_actions: bool):
    config = Config(surface="search", enable_actions=enable_actions)
    shown = definitions(offer(load_entries(), config), config)
    size = sum(cost(tool) for tool in shown)
    print(f"\nsearch surface, actions {enable_actions}: {len(shown)} tools, {size} bytes")
    assert len(shown) == (6 if enable_actions else 5)
    assert size <= 2_500


def test_no_request_that_a_tool_answers_is_taken_for_one_that_none_does() -> None:
    entries = load_entries()
    assert [request for part in load().values() for request in part if unserved(request, entries)] == []

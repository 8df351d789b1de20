"""Finds tools by an administrator's words: BM25 over names, titles, synonyms and descriptions.

Okapi BM25 with the usual constants. Beside it: words of a name, a title or a synonym count more than words of a
description; a synonym that is in the query as a whole ("pull the plug") counts once more; a plain word also finds
XO's word for it, for less; a question prefers tools that read; and what daily work needs wins over the rest.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from xo_mcp.definitions import Entry
from xo_mcp.search.wording import STOP, acts, asks, meanings, objects, plain, stem, words

K1: Final = 1.2
B: Final = 0.5
NAME: Final = 3
TITLE: Final = 2
SYNONYM: Final = 3
PHRASE: Final = 1.0
"""What a whole synonym in the query adds, for the weight of its words."""
MEANING: Final = 0.7
"""What XO's word for a plain word counts, beside the plain word itself."""
FITTING: Final = 1.4
"""How much more a tool that looks is worth to a question, and one that does something to a request to do it."""
DETAIL: Final = 0.9
"""What a tool that shows one object is worth: it wants an id, which its list gives."""
DAILY: Final = 1.15
"""How much more a tool of the default toolset is worth."""
NAMED: Final = 0.6
"""How much more a tool is worth whose whole name is said."""
LOOKING: Final = ("list", "get", "ping", "read")
CLAUSES: Final = re.compile(r"[.,;]\s+")
TOOL: Final = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


class Ranking:
    """An index over tools.

    Args:
        entries: What can be found.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        names = {entry.name for entry in entries}
        self._counts = [_count(entry, names) for entry in entries]
        self._lengths = [sum(count.values()) for count in self._counts]
        self._average = sum(self._lengths) / max(1, len(entries))
        found = Counter(word for count in self._counts for word in count)
        total = len(entries)
        self._weights = {word: math.log(1 + (total - n + 0.5) / (n + 0.5)) for word, n in found.items()}
        # A single word gains nothing by being a whole synonym; it is counted already.
        self._phrases = [[_whole(phrase) for phrase in entry.facts.synonyms if _is_phrase(phrase)] for entry in entries]
        self._verbs = {_words_of(entry)[0] for entry in entries if not _looks(entry)}
        self._names = [[word for word in _words_of(entry) if word not in LOOKING] for entry in entries]

    def find(self, query: str, limit: int) -> list[Entry]:
        """The tools that fit a query best, best first; of equals, the one with the shorter name."""
        wanted = words(query)
        said = {*wanted, *(other for word in wanted for other in meanings(word))}
        whole, question = _whole(query), asks(query)
        work = not question and acts(query, self._verbs)
        hits: list[tuple[float, Entry]] = []
        for number, entry in enumerate(self._entries):
            score = sum(self._best(number, word) for word in wanted) + self._phrase(number, whole)
            looks = _looks(entry)
            # "who deleted the VM" says the whole name of delete_vm, and does not mean it.
            score *= 1 if question and not looks else 1 + NAMED * self._share_in_query(number, said)
            score *= FITTING if (question and looks) or (work and not looks) else 1
            score *= DAILY if entry.facts.default else 1
            score *= DETAIL if entry.facts.kind == "get" else 1
            hits.append((score, entry))
        hits = [hit for hit in hits if hit[0] > 0]
        hits.sort(key=lambda hit: (-hit[0], len(hit[1].name), hit[1].name))
        return [entry for _, entry in hits[:limit]]

    def unknown(self, query: str) -> list[str]:
        """The words of a query that no tool has, nor any of their meanings, where they are half of it or more."""
        said = [word for word in plain(query) if word not in STOP]
        strange = [word for word in said if not self._weights.keys() & {stem(word), *meanings(stem(word))}]
        return list(dict.fromkeys(strange)) if 2 * len(strange) >= len(said) else []

    def _best(self, number: int, word: str) -> float:
        """What a word of the query is worth for a tool: itself, or the best of what it means."""
        meant = meanings(word)
        # A word is as telling as it is rare, whichever way it is said: "guest" is rarer than "vm".
        weight = max(self._weights.get(said, 0) for said in (word, *meant))
        return max(
            self._weights.get(word, 0) * self._part(number, word),
            *(MEANING * weight * self._part(number, other) for other in meant),
            0,
        )

    def _part(self, number: int, word: str) -> float:
        """BM25 without the weight of the word."""
        count = self._counts[number][word]
        norm = K1 * (1 - B + B * self._lengths[number] / self._average)
        return count * (K1 + 1) / (count + norm)

    def _share_in_query(self, number: int, said: set[str]) -> float:
        """The part of a tool's name that the query says: `list_roles` is more about roles than `list_role_groups`."""
        name = self._names[number]
        return sum(word in said for word in name) / len(name) if name else 0

    def _phrase(self, number: int, whole: str) -> float:
        """The score of synonyms that are in the query as a whole; the best one counts."""
        found = [phrase for phrase in self._phrases[number] if phrase.strip() and phrase in whole]
        return PHRASE * max((sum(self._weights.get(word, 0) for word in phrase.split()) for phrase in found), default=0)


def _words_of(entry: Entry) -> list[str]:
    return [stem(word) for word in entry.name.split("_") if word not in {"to", "from", "of"}]


def _looks(entry: Entry) -> bool:
    return entry.name.startswith(tuple(f"{verb}_" for verb in LOOKING))


def _whole(text: str) -> str:
    """Every word of a text, the small ones too: "power on" is not "power off"."""
    return f" {' '.join(stem(word) for word in plain(text))} "


def _is_phrase(synonym: str) -> bool:
    """Whether it is more than one word, and more than the name of an object (`network cards`)."""
    return " " in synonym and not all(objects(word) for word in words(synonym))


def _count(entry: Entry, names: set[str]) -> Counter[str]:
    """Count the words of a tool by their worth; clauses about another tool ("to go back: ...") say nothing about it."""
    clauses = CLAUSES.split(str(entry.definition.get("description", "")))
    own = [clause for clause in clauses if not names & (set(TOOL.findall(clause)) - {entry.name})]
    name = set(_words_of(entry))
    # A synonym that names the object (`guests` of `list_vms`) says what the wording says for all its tools.
    synonyms = [word for word in words(" ".join(entry.facts.synonyms)) if not name & set(objects(word))]
    parts = (
        (NAME, words(entry.name.replace("_", " "))),
        (TITLE, words(entry.title)),
        (SYNONYM, synonyms),
        (1, words(" ".join(own))),
    )
    count: Counter[str] = Counter()
    for weight, found in parts:
        for word in found:
            count[word] += weight
    return count

"""Finds tools by an administrator's words: BM25 over names, titles, synonyms and descriptions.

Okapi BM25 with the usual constants. Words of a name, a title or a synonym count more than words of a description, and a
synonym that stands in the query as a whole ("power on", "pull the plug") decides.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from xo_mcp.definitions import Entry

K1: Final = 1.2
B: Final = 0.5
NAME: Final = 3
TITLE: Final = 2
SYNONYM: Final = 3
DAILY: Final = 1.15
"""Tools of the default toolset come before equals: they are what people mean more often."""
PHRASE: Final = 4.0
"""What a whole synonym in the query adds, for each of its words."""
WORD: Final = re.compile(r"[a-z0-9]+")
STOP: Final = frozenset(
    [
        "a",
        "all",
        "an",
        "and",
        "any",
        "anything",
        "are",
        "as",
        "at",
        "be",
        "by",
        "can",
        "currently",
        "do",
        "does",
        "for",
        "from",
        "get",
        "give",
        "has",
        "have",
        "how",
        "i",
        "in",
        "into",
        "is",
        "it",
        "its",
        "me",
        "my",
        "now",
        "of",
        "on",
        "or",
        "our",
        "please",
        "right",
        "show",
        "some",
        "tell",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "this",
        "to",
        "want",
        "was",
        "we",
        "what",
        "when",
        "which",
        "who",
        "why",
        "with",
        "you",
        "your",
    ]
)
"""Words that tell nothing; `get` and `show` would otherwise find every read."""
SAME: Final = (
    (re.compile(r"\b(virtual machine|guest|instance)s?\b"), "vm"),
    (re.compile(r"\b(hypervisor|physical server|node)s?\b"), "host"),
    (re.compile(r"\b(storage repositor(y|ies)|datastores?)\b"), "sr"),
    (re.compile(r"\b(virtual dis[ck]|hard dis[ck]|dis[ck])s?\b"), "vdi"),
    (re.compile(r"\b(virtual (network )?interface|vnic)s?\b"), "vif"),
)
"""What the objects are called elsewhere; a tool's synonyms name what can be done with them."""


class Ranking:
    """An index over tools.

    Args:
        entries: What can be found.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._counts = [_count(entry) for entry in entries]
        self._lengths = [sum(count.values()) for count in self._counts]
        self._average = sum(self._lengths) / max(1, len(entries))
        found = Counter(word for count in self._counts for word in count)
        total = len(entries)
        self._weights = {word: math.log(1 + (total - n + 0.5) / (n + 0.5)) for word, n in found.items()}
        self._phrases = [[f" {' '.join(words(phrase))} " for phrase in entry.facts.synonyms] for entry in entries]

    def find(self, query: str, limit: int) -> list[Entry]:
        """The tools that fit a query best, best first; of equals, the one with the shorter name."""
        wanted = words(query)
        whole = f" {' '.join(wanted)} "
        scored = [(self._score(number, wanted, whole), entry) for number, entry in enumerate(self._entries)]
        hits = [(score, entry) for score, entry in scored if score > 0]
        hits.sort(key=lambda hit: (-hit[0], len(hit[1].name), hit[1].name))
        return [entry for _, entry in hits[:limit]]

    def _score(self, number: int, wanted: Sequence[str], whole: str) -> float:
        count = self._counts[number]
        norm = K1 * (1 - B + B * self._lengths[number] / self._average)
        score = sum(
            self._weights[word] * count[word] * (K1 + 1) / (count[word] + norm) for word in wanted if word in count
        )
        for phrase in self._phrases[number]:
            if len(phrase) > len("  ") and phrase in whole:
                score += PHRASE * len(phrase.split())
        return score * DAILY if self._entries[number].facts.default else score


def words(text: str) -> list[str]:
    """The words of a text that tell something, in their simplest form."""
    text = text.lower()
    for pattern, name in SAME:
        text = pattern.sub(name, text)
    every = WORD.findall(text)
    return [_stem(word) for word in every if word not in STOP] or [_stem(word) for word in every]


def _stem(word: str) -> str:
    """Take endings off, so that "snapshots", "snapshotting" and "snapshot" meet; crude, and the same on both sides."""
    for ending, least in (("ies", 5), ("ing", 6), ("ed", 5), ("es", 5), ("s", 4)):
        if word.endswith(ending) and len(word) >= least and not word.endswith("ss"):
            base = word[: -len(ending)] + ("y" if ending == "ies" else "")
            doubled = ending in {"ing", "ed"} and base[-1] == base[-2] and base[-1] not in "ls"
            return (base[:-1] if doubled else base).removesuffix("e")
    return word.removesuffix("e") if len(word) > len("vme") else word


def _count(entry: Entry) -> Counter[str]:
    count: Counter[str] = Counter()
    parts = (
        (NAME, entry.name.replace("_", " ")),
        (TITLE, entry.title),
        (SYNONYM, " ".join(entry.facts.synonyms)),
        (1, str(entry.definition.get("description", ""))),
    )
    for weight, text in parts:
        for word in words(text):
            count[word] += weight
    return count

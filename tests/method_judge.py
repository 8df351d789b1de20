"""Holds every JSON-RPC call of the server against the facts of the methods of the release that the fake plays."""

import json
from collections import deque
from functools import cache
from pathlib import Path
from typing import Any

from fake_xo.jsonrpc.socket import Called
from jsonschema import Draft202012Validator

SESSION = frozenset({"session.signIn", "session.signOut"})
"""Of these XO declares nothing; what they take is known from trying."""


@cache
def _validators(facts: Path) -> dict[str, Draft202012Validator]:
    methods: dict[str, Any] = json.loads(facts.read_text())["methods"]
    return {name: Draft202012Validator(entry["params"]) for name, entry in methods.items()}


class CallWatch:
    """Calls that are not judged yet; other threads add them."""

    def __init__(self) -> None:
        self._calls: deque[tuple[Called, Path]] = deque()

    def called(self, call: Called, facts: Path) -> None:
        """A call of a socket; those of tests that speak for themselves are passed over."""
        if call.client == "mcp":
            self._calls.append((call, facts))

    def complaints(self) -> list[str]:
        """What is wrong with the calls since the last time, one line each."""
        found: list[str] = []
        while self._calls:
            call, facts = self._calls.popleft()
            found += judge(call, facts)
        return found


def judge(call: Called, facts: Path) -> list[str]:
    """What is wrong with one call."""
    known = _validators(facts)
    if call.method not in known:
        return [f"{call.method} is not a method of {facts.name}"]
    if not isinstance(call.params, dict):
        return [f"{call.method}: its parameters are not an object"]
    if call.method in SESSION:
        return []
    return [f"{call.method}: {error.message[:200]}" for error in known[call.method].iter_errors(call.params)]


CALL_WATCH = CallWatch()
"""The one of this process."""

"""Deletes authentication tokens: their id is the token itself, so one's own are identified by their last characters.

XO's own pattern is never sent: an empty one deletes every token of every user. Tokens of others are shown to nobody, so
one that leaked is given whole (XO 6.7.1).
"""

from dataclasses import replace
from typing import Final

from xo_mcp.answer import Answer
from xo_mcp.errors import ArgumentError
from xo_mcp.parsing import objects_in
from xo_mcp.rpc.calls import Work
from xo_mcp.types import Call, Json

TOKENS: Final = "/users/{id}/authentication_tokens"
OWN: Final = "token.deleteOwn"


async def run(work: Work) -> Answer:
    """Delete tokens.

    Raises:
        ArgumentError: No token of ours or several end so, or it is the one this server uses.
        CallError: XO refused or did not answer.
    """
    given = work.arguments["endings" if work.method == OWN else "tokens"]
    named = [str(each) for each in given] if isinstance(given, list) else []
    if work.method == OWN:
        every = await _own(work)
        named = [_only(each, every) for each in named]
    chosen: list[Json] = []
    for token in named:
        # What is taken out of answers are our own credentials.
        if work.client.redact(token) != token:
            raise ArgumentError("Nothing was done: one of them is the token that this server signs in with.")
        chosen.append(token)
    await replace(work, arguments={"tokens": chosen}).call()
    return Answer({"status": "done", "count": len(chosen)})


async def _own(work: Work) -> list[str]:
    user = await work.ask("session.getUser")
    own = user.get("id") if isinstance(user, dict) else None
    reply = await work.client.request(Call("GET", TOKENS, path={"id": own}, query={"fields": "id"}))
    return [str(each["id"]) for each in objects_in(reply.data)]


def _only(shown: str, every: list[str]) -> str:
    ending = shown.removeprefix("\u2026").removeprefix("...")
    found = [token for token in every if token.endswith(ending)]
    if len(found) == 1:
        return found[0]
    problem = "several of our tokens end" if found else "none of our tokens ends"
    raise ArgumentError(f"Nothing was done: {problem} with {ending} (list_auth_tokens).")

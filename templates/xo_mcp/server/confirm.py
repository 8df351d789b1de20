"""Asks a person before something is changed: through the client where it can ask, else with a one-shot token."""

import json
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import anyio
import anyio.to_thread
from mcp.server.request_state import authenticated_principal
from mcp.shared.exceptions import MCPError, NoBackChannelError
from mcp.types import (
    CallToolResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
    TextContent,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from xo_mcp import observing
from xo_mcp.errors import CallError
from xo_mcp.safety.nonces import KEPT, Nonces
from xo_mcp.safety.policy import TOKEN_ARGUMENT
from xo_mcp.safety.tokens import LIFETIME, Tokens, used_before
from xo_mcp.server.question import Compose, Question

if TYPE_CHECKING:
    from mcp.server.mcpserver.context import Context

    from xo_mcp.cluster.store import Store
    from xo_mcp.types import Json

KEY: Final = "confirm"
CONFIRMATION_NEEDED: Final = "confirmation_needed"
"""The status of an answer that did nothing yet."""
ROUNDS: Final = 3
"""How often a user is asked anew because the object changed while they read."""
REMEMBERED: Final = 200
"""Questions whose words are kept."""
FORM: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"confirm": {"type": "boolean", "title": "Go ahead", "default": False}},
    "required": ["confirm"],
}

How = Literal["asked", "token"]


UNFILLED: Final = "The client accepted the form without an answer in it, so nobody was asked.\n"


class _UnfilledError(Exception):
    """A client accepted a form and left it empty."""


class NotConfirmedError(CallError):
    """A person said no, or did not answer."""


class Confirmer:
    """Gets an answer to a question, and sees to it that it is still the same when the answer comes.

    Args:
        key: Secret shared by several workers, if there are several.
        nonces: The confirmations that were used, by any of them.
        through: The search surface's tool that calls those which change something, where it is in use.
        store: Notes what was used for workers on other machines too.
    """

    def __init__(
        self,
        key: bytes | None = None,
        nonces: Nonces | None = None,
        through: str | None = None,
        store: "Store | None" = None,
    ) -> None:
        self._tokens = Tokens(key, nonces)
        self._store = store
        self._through = through
        self._asked: OrderedDict[str, str] = OrderedDict()
        self._limiter: anyio.CapacityLimiter | None = None

    async def ask(
        self, context: "Context[Any, Any]", compose: Compose, token: str | None
    ) -> How | InputRequiredResult | CallToolResult:
        """Ask.

        Args:
            context: The call that wants to be confirmed.
            compose: Composes the question; called again where time passes until the answer.
            token: The `confirm_token` the call came with.

        Returns:
            How it was confirmed; or what to answer the client instead of doing anything.

        Raises:
            NotConfirmedError: Somebody declined, or the object changed again and again meanwhile.
            ArgumentError: The token does not fit.
            CallError: That the confirmation is used could not be noted.
        """
        try:
            verdict = await self._answered(context, compose, token)
        except NotConfirmedError:
            observing.question_put("refused")
            raise
        if isinstance(verdict, str):
            observing.question_put("given")
        return verdict

    async def _answered(
        self, context: "Context[Any, Any]", compose: Compose, token: str | None
    ) -> How | InputRequiredResult | CallToolResult:
        principal = authenticated_principal(context.request_context)
        question = await compose()
        if token is not None:
            agreed = await self._apart(self._tokens.redeem, token, question.tool, question.arguments, principal)
            await self._spend_everywhere(Tokens.nonce_of(token))
            return (
                "token"
                if agreed == question.digest
                else await self._offer_token(self._changed(agreed, question), principal)
            )
        before = ""
        if can_be_asked(context):
            try:
                if context.protocol_version in MODERN_PROTOCOL_VERSIONS:
                    return await self._ask_in_rounds(context, question)
                return await self._ask_at_once(context, question, compose)
            except NoBackChannelError:
                pass  # Stateless HTTP of an older protocol version: the client could, but can't be reached.
            except _UnfilledError:
                before = UNFILLED
        return await self._offer_token(_Asking(question, before), principal)

    async def _ask_at_once(self, context: "Context[Any, Any]", question: Question, compose: Compose) -> How:
        """Up to 2025-11-25: the server asks the client while the call waits."""
        asking = _Asking(question)
        for _ in range(ROUNDS):
            self._remember(asking.question)
            await _elicit(context, asking)
            now = await compose()
            if now.digest == asking.question.digest:
                return "asked"
            asking = self._changed(asking.question.digest, now)
        raise NotConfirmedError(
            f"Nothing was done: what {question.tool} is about changed {ROUNDS} times while the user was asked."
        )

    async def _apart(self, work: Callable[..., str | None], *arguments: Any) -> Any:
        """Mint or use up a token in a thread, one at a time: the folder of used ones may be on a disk that hangs."""
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(1)
        return await anyio.to_thread.run_sync(work, *arguments, limiter=self._limiter)

    async def _spend_everywhere(self, nonce: str) -> None:
        """Use up what is good once, at workers of other machines too.

        Raises:
            ArgumentError: It was used before.
            CallError: That it is used could not be noted.
        """
        if self._store is not None and not await self._store.use_once(nonce, KEPT):
            raise used_before()

    async def _ask_in_rounds(self, context: "Context[Any, Any]", question: Question) -> How | InputRequiredResult:
        """2026-07-28: the call ends with a question, and comes back with the answer and the sealed state."""
        given = (context.input_responses or {}).get(KEY)
        asked = _state(context.request_state)
        if isinstance(given, ElicitResult) and asked is not None and asked["question"] == question.digest:
            await self._apart(self._tokens.spend, asked["nonce"])
            await self._spend_everywhere(asked["nonce"])
            _require_yes(given, question)
            return "asked"
        asking = self._changed(asked["question"], question) if asked and given is not None else _Asking(question)
        self._remember(question)
        state = {"nonce": secrets.token_urlsafe(9), "question": question.digest}
        params = ElicitRequestFormParams(message=asking.message, requested_schema=FORM)
        return InputRequiredResult(input_requests={KEY: ElicitRequest(params=params)}, request_state=json.dumps(state))

    def _remember(self, question: Question) -> None:
        """Keep the words of a question for a while, to say what changed since."""
        observing.question_put("asked")
        self._asked[question.digest] = question.message
        self._asked.move_to_end(question.digest)
        while len(self._asked) > REMEMBERED:
            self._asked.popitem(last=False)

    def _changed(self, agreed: str, now: Question) -> "_Asking":
        """Ask anew, saying what is different; another worker may have asked, then only that something is."""
        if agreed == now.digest:
            return _Asking(now)
        before = self._asked.get(agreed, "").splitlines()
        lines = now.message.splitlines()
        was = "\n".join(line for line in before if line not in lines)
        difference = f" It was:\n{was}\nNow it is:" if was else ""
        return _Asking(now, f"What was agreed to has changed since, so this is asked anew.{difference}\n")

    async def _offer_token(self, asking: "_Asking", principal: str | None) -> CallToolResult:
        question = asking.question
        self._remember(question)
        token = await self._apart(self._tokens.mint, question.tool, question.arguments, principal, question.digest)
        again = f"call {question.tool} again with the same arguments and"
        if self._through is not None:
            again = f'call {self._through} again with name "{question.tool}" and in `arguments` the same as before and'
        text = (
            f"Nothing was done yet: this needs a person's agreement. {asking.message}\n"
            f"Show this to the user. If they agree, {again}"
            f' {TOKEN_ARGUMENT}="{token}" (good for one call within {LIFETIME // 60} minutes).'
        )
        seconds: Json = LIFETIME
        asked = {
            "status": CONFIRMATION_NEEDED,
            "question": asking.message,
            TOKEN_ARGUMENT: token,
            "seconds": seconds,
        }
        # No error: nothing went wrong, and some hosts hide errors or have the model give up.
        return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=asked, is_error=False)


def can_be_asked(context: "Context[Any, Any]") -> bool:
    """Whether the client shows forms to its user."""
    capabilities = context.client_capabilities
    if capabilities is None or capabilities.elicitation is None:
        return False
    # Saying neither form nor url means form, as in the versions that knew no url.
    return capabilities.elicitation.form is not None or capabilities.elicitation.url is None


@dataclass(frozen=True)
class _Asking:
    """A question as it is put.

    Attributes:
        question: What it is about.
        before: Said first; no part of what is compared.
    """

    question: Question
    before: str = ""

    @property
    def message(self) -> str:
        """What the person reads."""
        return self.before + self.question.message


async def _elicit(context: "Context[Any, Any]", asking: _Asking) -> None:
    """Have the client ask its user, and come back only with a yes."""
    request = context.request_context
    try:
        given = await request.session.elicit_form(asking.message, FORM, related_request_id=request.request_id)
    except NoBackChannelError:
        raise
    except (MCPError, ValidationError) as error:
        raise NotConfirmedError("Nothing was done: the client failed to ask the user for agreement.") from error
    _require_yes(given, asking.question)


def _require_yes(given: ElicitResult, question: Question) -> None:
    if given.action == "accept" and not given.content:
        raise _UnfilledError  # some clients accept every form by themselves
    if given.action == "accept" and (given.content or {}).get("confirm") is True:
        return
    what = "declined" if given.action in {"accept", "decline"} else "closed the question without answering"
    raise NotConfirmedError(
        f"Nothing was done: the user {what}. Don't call {question.tool} again for this unless they ask for it."
    )


def _state(text: str | None) -> dict[str, str] | None:
    """What an earlier round left; the SDK has verified the seal, the tool and the arguments."""
    try:
        state = json.loads(text or "null")
    except ValueError:
        return None
    return state if isinstance(state, dict) and {"nonce", "question"} <= state.keys() else None

"""Asks a person before something is changed: through the client where it can ask, else with a one-shot token."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from mcp.server.request_state import authenticated_principal
from mcp.shared.exceptions import MCPError, NoBackChannelError
from mcp.types import CallToolResult, ElicitRequest, ElicitRequestFormParams, ElicitResult, InputRequiredResult
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from xo_mcp.errors import CallError
from xo_mcp.safety.nonces import Nonces
from xo_mcp.safety.policy import TOKEN_ARGUMENT
from xo_mcp.safety.tokens import LIFETIME, Tokens
from xo_mcp.server.results import to_error

if TYPE_CHECKING:
    from mcp.server.mcpserver.context import Context

    from xo_mcp.types import Json

KEY: Final = "confirm"
FORM: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"confirm": {"type": "boolean", "title": "Go ahead", "default": False}},
    "required": ["confirm"],
}

How = Literal["asked", "token"]


class NotConfirmedError(CallError):
    """A person said no, or did not answer."""


@dataclass(frozen=True)
class Question:
    """What is to be confirmed.

    Attributes:
        tool: Name of the tool.
        arguments: As validated, so that spelling one differently makes it another question.
        message: What will happen to which object, for a person.
    """

    tool: str
    arguments: Mapping[str, Any]
    message: str


class Confirmer:
    """Gets an answer to a question.

    Args:
        key: Secret shared by several workers, if there are several.
        nonces: The confirmations that were used, by any of them.
        through: The tool that calls those which change something, where they are not listed themselves.
    """

    def __init__(self, key: bytes | None = None, nonces: Nonces | None = None, through: str | None = None) -> None:
        self._tokens = Tokens(key, nonces)
        self._through = through

    async def ask(
        self, context: "Context[Any, Any]", question: Question, token: str | None
    ) -> How | InputRequiredResult | CallToolResult:
        """Ask.

        Args:
            context: The call that wants to be confirmed.
            question: What to ask.
            token: The `confirm_token` the call came with.

        Returns:
            How it was confirmed; or what to answer the client instead of doing anything.

        Raises:
            NotConfirmedError: Somebody declined.
            ArgumentError: The token does not fit.
            CallError: That the confirmation is used could not be noted.
        """
        principal = authenticated_principal(context.request_context)
        if token is not None:
            self._tokens.redeem(token, question.tool, question.arguments, principal)
            return "token"
        if can_be_asked(context):
            if context.protocol_version in MODERN_PROTOCOL_VERSIONS:
                return self._ask_in_rounds(context, question)
            try:
                return await _ask_at_once(context, question)
            except NoBackChannelError:
                pass  # Stateless HTTP of an older protocol version: the client could, but can't be reached.
        return self._offer_token(question, principal)

    def _ask_in_rounds(self, context: "Context[Any, Any]", question: Question) -> How | InputRequiredResult:
        """2026-07-28: the call ends with a question, and comes back with the answer and the sealed state."""
        given = (context.input_responses or {}).get(KEY)
        asked = _state(context.request_state)
        # What was agreed to must be what would happen now: a VM may have been renamed in between.
        if not isinstance(given, ElicitResult) or asked is None or asked["question"] != _digest(question):
            state = {"nonce": secrets.token_urlsafe(9), "question": _digest(question)}
            params = ElicitRequestFormParams(message=question.message, requested_schema=FORM)
            return InputRequiredResult(
                input_requests={KEY: ElicitRequest(params=params)}, request_state=json.dumps(state)
            )
        self._tokens.spend(asked["nonce"])
        _require_yes(given, question)
        return "asked"

    def _offer_token(self, question: Question, principal: str | None) -> CallToolResult:
        token = self._tokens.mint(question.tool, question.arguments, principal)
        again = f"call {question.tool} again with the same arguments and"
        if self._through is not None:
            again = f'call {self._through} again with name "{question.tool}" and in `arguments` the same as before and'
        text = (
            f"Nothing was done yet: this needs a person's agreement. {question.message}\n"
            f"Show this to the user. If they agree, {again}"
            f' {TOKEN_ARGUMENT}="{token}" (good for one call within {LIFETIME // 60} minutes).'
        )
        seconds: Json = LIFETIME
        asked = {
            "status": "confirmation_needed",
            "question": question.message,
            TOKEN_ARGUMENT: token,
            "seconds": seconds,
        }
        return to_error(text, asked)


def can_be_asked(context: "Context[Any, Any]") -> bool:
    """Whether the client shows forms to its user."""
    capabilities = context.client_capabilities
    if capabilities is None or capabilities.elicitation is None:
        return False
    # Saying neither form nor url means form, as in the versions that knew no url.
    return capabilities.elicitation.form is not None or capabilities.elicitation.url is None


async def _ask_at_once(context: "Context[Any, Any]", question: Question) -> How:
    """Up to 2025-11-25: the server asks the client while the call waits."""
    request = context.request_context
    try:
        given = await request.session.elicit_form(question.message, FORM, related_request_id=request.request_id)
    except NoBackChannelError:
        raise
    except MCPError as error:
        raise NotConfirmedError("Nothing was done: the client failed to ask the user for agreement.") from error
    _require_yes(given, question)
    return "asked"


def _require_yes(given: ElicitResult, question: Question) -> None:
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


def _digest(question: Question) -> str:
    return hashlib.sha256(question.message.encode(errors="replace")).hexdigest()

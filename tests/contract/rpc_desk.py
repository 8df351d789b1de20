"""What tests of tools over JSON-RPC share: reading answers, and what the fake was called with."""

from typing import Any

from desk import text_of
from fake_xo import FakeXo
from mcp.types import CallToolResult


def done(result: CallToolResult) -> dict[str, Any]:
    """What a call answered; it must have succeeded."""
    assert not result.is_error, text_of(result)
    return dict(result.structured_content or {})


def refused(result: CallToolResult) -> str:
    """What was said instead; it must have failed."""
    assert result.is_error, text_of(result)
    return text_of(result)


def called(fake: FakeXo, method: str) -> list[dict[str, Any]]:
    """Parameters of every call of a method so far."""
    return [call.params for call in fake.xo.rpc.calls if call.method == method]

"""What tests of confirmations share: a VM to destroy, and the question a call answers."""

from typing import Any

from fake_xo.server import FakeXo
from mcp.types import CallToolResult


def running(xo: FakeXo) -> str:
    """The id of a running VM."""
    return str(xo.find("vms", power_state="Running")["id"])


def question_of(result: CallToolResult) -> dict[str, Any]:
    """The question that a call answered instead of doing anything."""
    assert not result.is_error
    assert result.structured_content is not None
    assert result.structured_content["status"] == "confirmation_needed"
    return result.structured_content

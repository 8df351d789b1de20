"""What every answer to a model must be."""

import re

from desk import text_of
from mcp.types import CallToolResult

INTERNALS = re.compile(
    r"fault in this server|Internal error|Traceback|File \"|\n\s+at |OpaqueRef|<(?:html|class)|0x[0-9a-f]{8}"
    r"|httpx|errno"
)
"""What no error may hold."""


def check_answer(result: CallToolResult) -> None:
    """An answer is a result, or an error a model can read.

    Raises:
        AssertionError: It is neither.
    """
    text = text_of(result)
    if result.is_error:
        assert text.strip(), "an error without a word"
        assert not INTERNALS.search(text), text
    else:
        assert isinstance(result.structured_content, dict), text

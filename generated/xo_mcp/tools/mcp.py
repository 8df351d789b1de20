"""Tools of XO's tag mcp: Whether XO lets MCP servers in.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import Call
from xo_mcp.xo import Xo


async def get_mcp_status(xo: Xo) -> Answer:
    """Shows whether the administrator of this XO lets MCP servers in.

    GET /mcp/status; since XO 6.5.
    """
    return await xo.read(Call("GET", "/mcp/status"))

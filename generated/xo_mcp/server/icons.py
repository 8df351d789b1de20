"""Icons for menus of clients: small drawings of our own, embedded.

They appear where people choose, beside prompts and guides. The server's own name goes out with every answer, so
that a picture there would cost its bytes again and again.
"""

from base64 import b64encode
from typing import Final

from mcp.types import Icon

_FRAME: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#888" stroke-width="2">{}</svg>'
)
_TASK: Final = '<path d="M4 5h16v14H4z"/><path d="M8 12l3 3 5-6"/>'
_GUIDE: Final = '<path d="M5 4h14v16H5z"/><path d="M9 9h6M9 13h6"/>'


def _icon(drawing: str) -> list[Icon]:
    picture = b64encode(_FRAME.format(drawing).encode()).decode()
    return [Icon(src=f"data:image/svg+xml;base64,{picture}", mime_type="image/svg+xml", sizes=["any"])]


TASK: Final = _icon(_TASK)
"""Of prompts."""
GUIDE: Final = _icon(_GUIDE)
"""Of texts to read."""

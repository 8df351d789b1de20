"""Answers with the headers XO's web framework gives them."""

import base64
import gzip
import hashlib
import json
from typing import Any

from starlette.responses import Response, StreamingResponse

HTML = "text/html; charset=utf-8"
_COMPRESS_FROM = 1024


def json_response(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON with a weak ETag."""
    body = json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()
    content_type = {"Content-Type": "application/json; charset=utf-8", "ETag": etag(body)}
    return Response(body, status, content_type | (headers or {}))


def html_error(status: int, text: str) -> Response:
    """What the framework itself answers, in HTML."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    head = '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n'
    return Response(f"{head}<body>\n<pre>{escaped}</pre>\n</body>\n</html>\n", status, {"Content-Type": HTML})


def etag(body: bytes) -> str:
    """A weak ETag: length and digest."""
    digest = base64.b64encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()[:27]
    return f'W/"{len(body):x}-{digest}"'


def negotiated(response: Response, headers: dict[str, str], *, compress: bool) -> Response:
    """Answer 304 when the client has it already, else compress what is worth it.

    Args:
        response: What to answer; a stream goes out as it is.
        headers: The request's, lower case.
        compress: Whether compression is on.
    """
    if isinstance(response, StreamingResponse):
        return response
    tag = response.headers.get("etag")
    if tag and response.status_code == 200 and headers.get("if-none-match") in {tag, "*"}:
        return Response(status_code=304, headers={"ETag": tag})
    encodings = headers.get("accept-encoding", "")
    if not compress or "gzip" not in encodings or len(response.body) < _COMPRESS_FROM:
        return response
    kept = {name: value for name, value in response.headers.items() if name != "content-length"}
    body = gzip.compress(bytes(response.body), 1, mtime=0)
    return Response(body, response.status_code, kept | {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})

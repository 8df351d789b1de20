"""Follows the one redirect XO's API has; any other could send our credentials to another server."""

import re
from collections.abc import Callable
from typing import Final

import httpx2

from xo_mcp.api.settings import API, ClientSettings
from xo_mcp.errors import XoError

_FOLLOWED: Final = frozenset({307, 308})
"""The redirects that keep method and body."""
_ME: Final = re.compile(rb"/users/me(?=[/?]|$)")
_USER: Final = re.compile(re.escape(API.encode()) + rb"(/users/(?!me(?:[/?]|$))[^/?]++(?:[/?].*+)?)\Z", re.DOTALL)


def follow(
    response: httpx2.Response, *, operation: str, url: httpx2.URL, settings: ClientSettings, clean: Callable[[str], str]
) -> httpx2.URL:
    """Say where a redirected call goes on.

    XO 6.7.1 answers 307 to everything below `/users/me`, and names the user's uuid instead.

    Args:
        response: The redirect.
        operation: Method and route, like `GET /users/{id}`.
        url: What was asked.
        settings: Has the URL of the REST API.
        clean: Makes a text of the server fit to be shown.

    Raises:
        XoError: It leads elsewhere (code `redirect`).
    """
    base, setting = settings.base, settings.names.url
    wrong = f"Check that {setting} is the address of XO, with the path before /rest/v0 if it has one."
    try:
        target = url.join(response.headers.get("Location", ""))
    except httpx2.InvalidURL:
        raise _refused(response, operation, "an address nobody can read", wrong) from None
    same_origin = (target.scheme, target.host, target.port) == (url.scheme, url.host, url.port)
    is_me = _ME.match(url.raw_path.removeprefix(base.raw_path)) is not None
    # XO does not know of a path that a proxy put before its own, so what follows /rest/v0 is what counts.
    user = _USER.search(target.raw_path)
    if response.status_code in _FOLLOWED and same_origin and is_me and user is not None and not target.userinfo:
        return base.copy_with(raw_path=base.raw_path + user[1])
    where = clean(f"{target.scheme}://{target.netloc.decode('ascii')}{target.path}")
    if target.host == url.host and (url.scheme, target.scheme) == ("http", "https"):
        raise _refused(response, operation, where, f"Write https:// into {setting}.")
    if "signin" in target.path:
        raise _refused(response, operation, f"a sign-in page ({where})", wrong)
    raise _refused(response, operation, where, wrong)


def _refused(response: httpx2.Response, operation: str, where: str, hint: str) -> XoError:
    status = response.status_code
    return XoError(
        status, "redirect", f"{operation} was redirected to {where} ({status}), which is not followed.", hint
    )

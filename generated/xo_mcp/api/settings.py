"""How to reach one Xen Orchestra, checked before anything is sent."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias

import httpx2

from xo_mcp.errors import ConfigError

API: Final = "/rest/v0"
"""Where XO serves its REST API."""
_HIGHEST_PORT: Final = 65_535

Patience: TypeAlias = Literal["normal", "change", "wait", "transfer"]
"""How long a call may stay silent: an ordinary one, a change, one that waits on purpose, one that moves a file."""


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """Seconds of silence after which a call is given up.

    Attributes:
        connect: Until there is a connection, TLS included.
        normal: Between two reads or writes of an ordinary call; a starting XO takes about 7 s to answer (XO 6.7.1).
        change: Between two reads of a change that XO answers when it is done, such as deleting a VM (36 s seen).
        wait: Between two reads of a call that blocks on purpose, like `wait=true`; `None`: the caller bounds it.
        transfer: Between two reads or writes of an export or import; the first byte may take XO minutes.
        pool: Until one of the client's connections is free.
        total: From beginning to end of an ordinary call, however lively XO is meanwhile, repeats included.
    """

    connect: float = 10
    normal: float = 30
    change: float = 60
    wait: float | None = None
    transfer: float = 600
    pool: float = 30
    total: float = 180

    def __post_init__(self) -> None:
        for name in ("connect", "normal", "change", "wait", "transfer", "pool", "total"):
            seconds = getattr(self, name)
            if seconds is not None and not seconds > 0:
                raise ConfigError(f"the {name} timeout must be more than 0 seconds, not {seconds}")

    def of(self, patience: Patience) -> httpx2.Timeout:
        """What httpx2 wants to know for one kind of call."""
        silences = {"normal": self.normal, "change": self.change, "wait": self.wait, "transfer": self.transfer}
        read = silences[patience]
        write = self.transfer if patience == "transfer" else self.normal
        return httpx2.Timeout(connect=self.connect, read=read, write=write, pool=self.pool)


@dataclass(frozen=True, kw_only=True)
class SettingNames:
    """What the operator calls each setting: a variable, a flag, or an entry in a file of several XOs.

    Attributes:
        url: Where the address is.
        token: Where the token is.
        token_file: Where the token's file is named.
        username: Where the user is named.
        password: Where the password is.
        ca_file: Where the file of certificate authorities is named.
        insecure: What makes any certificate accepted.
    """

    url: str = "XO_URL (--url)"
    token: str = "XO_TOKEN"  # noqa: S105 - a name
    token_file: str = "XO_TOKEN_FILE"  # noqa: S105 - likewise
    username: str = "XO_USERNAME"
    password: str = "XO_PASSWORD"  # noqa: S105 - likewise
    ca_file: str = "--ca-file (XO_CA_FILE)"
    insecure: str = "--insecure (XO_INSECURE=1)"


@dataclass(frozen=True, kw_only=True)
class ClientSettings:
    """One XO and who we are there: a token, a file holding one, or a user and password; never two of these.

    XO 6.7.1 answers 400 when a token and a Basic login come together.

    Attributes:
        url: The base URL, with or without `/rest/v0`, a trailing slash or a sub-path.
        token: Value of XO's cookie `authenticationToken`.
        token_file: File holding the token; read again when it changes.
        username: Login for HTTP Basic.
        password: Password of `username`.
        insecure: Accept any TLS certificate.
        ca_file: PEM file with the only certificate authorities to trust; the OS trust store when `None`.
        timeouts: Seconds per kind of call.
        max_reply: Bytes of the longest answer that is kept in memory (after decompression); streams have no bound.
        user_agent: What we call ourselves.
        names: What errors call these.

    Raises:
        ConfigError: Something is absent, contradictory or no URL; the message names the variables.
    """

    url: str
    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    insecure: bool = False
    ca_file: Path | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    max_reply: int = 64 * 1024 * 1024
    user_agent: str = "xen-orchestra-mcp"
    names: SettingNames = field(default_factory=SettingNames)

    def __post_init__(self) -> None:
        base_url(self.url, self.names.url)
        self._check_credentials()
        if self.insecure and self.ca_file:
            raise ConfigError(
                f"{self.names.insecure} accepts any certificate, {self.names.ca_file} only some: unset one of them"
            )

    @property
    def base(self) -> httpx2.URL:
        """URL of the REST API, ending in `/rest/v0`."""
        return base_url(self.url, self.names.url)

    def _check_credentials(self) -> None:
        given = {
            "XO_TOKEN": bool(self.token),
            "XO_TOKEN_FILE": self.token_file is not None,
            "XO_USERNAME and XO_PASSWORD": bool(self.username or self.password),
        }
        names = [name for name, is_given in given.items() if is_given]
        if not names:
            raise ConfigError("no credentials for XO: set XO_TOKEN, XO_TOKEN_FILE, or XO_USERNAME and XO_PASSWORD")
        if len(names) > 1:
            raise ConfigError(f"credentials for XO given twice, {' and '.join(names)}: keep one, XO refuses a mix")
        if self.password and not self.username:
            raise ConfigError("XO_PASSWORD is set but XO_USERNAME is not")
        if self.username and not self.password:
            raise ConfigError("XO_USERNAME is set but XO_PASSWORD is not")
        if self.username and ":" in self.username:
            raise ConfigError("XO_USERNAME must not hold a colon: HTTP Basic can't carry it; use XO_TOKEN")


def base_url(url: str, where: str = SettingNames.url) -> httpx2.URL:
    """Read the URL of an XO in any of its usual spellings.

    Args:
        url: What the operator gave.
        where: What they call that setting.

    Returns:
        The URL of the REST API, without a trailing slash: `https://xo.example.org/rest/v0`.

    Raises:
        ConfigError: It is not a plain http(s) URL; the message never shows a password in it.
    """
    try:
        parsed = httpx2.URL(url.strip())
    except httpx2.InvalidURL as error:
        raise ConfigError(f"{where} is not a URL: give one like https://xo.example.org") from error
    if parsed.userinfo:
        raise ConfigError(f"{where} must not hold a user or password: they, or a token, are settings of their own")
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ConfigError(f"{where} must start with https:// or http:// and a host name, like https://xo.example.org")
    if parsed.query or parsed.fragment:
        raise ConfigError(f"{where} must end before any ? or #: give the address of XO itself")
    if not _can_connect(parsed):
        raise ConfigError(f"{where} names a host or port that can't exist: give one like https://xo.example.org:8443")
    path = parsed.raw_path.decode("ascii").partition("?")[0].rstrip("/").removesuffix(API).rstrip("/")
    if f"{API}/" in f"{path}/":
        raise ConfigError(f"{where} must end at {API} or before: routes are added to it")
    return parsed.copy_with(raw_path=f"{path}{API}".encode("ascii"), fragment=None)


def _can_connect(url: httpx2.URL) -> bool:
    """Whether sockets take host and port; what they refuse with other errors than OSError would pass for a bug."""
    try:
        url.raw_host.decode("ascii").encode("idna")
    except UnicodeError:
        return False
    return url.port is None or 0 < url.port <= _HIGHEST_PORT

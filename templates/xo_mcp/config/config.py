"""The configuration: flags override the environment, which overrides defaults."""

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from xo_mcp.config.option import PREFIX, Option
from xo_mcp.config.options import OPTIONS
from xo_mcp.config.placeholders import require_filled_path
from xo_mcp.errors import ConfigError
from xo_mcp.files import expanded, modes_of_others, open_regular, read_regular
from xo_mcp.nearest import suggestion

Value: TypeAlias = str | int | bool | tuple[str, ...] | Path | None

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"", "0", "false", "no", "off"})
ALL_BUT = 0.9
"""How alike two names are that differ by one letter or two."""
SECRET_FILES = ("token_file", "auth_token_file", "confirm_key_file")
"""Settings that name files with secrets."""
MIN_SECRET = 32
"""Bytes of a shared secret."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Config:
    """The whole configuration, checked. Attributes are explained in `xo_mcp.config.options`."""

    url: str | None = None
    instances: Path | None = None
    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    insecure: bool = False
    ca_file: Path | None = None
    enable_actions: bool = False
    disable_destructive: bool = False
    allow_denied: bool = False
    toolsets: tuple[str, ...] | None = None
    tools: tuple[str, ...] | None = None
    exclude_tools: tuple[str, ...] | None = None
    deny_list: tuple[str, ...] | None = None
    surface: Literal["full", "search"] = "full"
    xo_release: str | None = None
    own_vm: str | None = None
    confirm: Literal["destructive", "all", "none"] = "destructive"
    confirm_key_file: Path | None = None
    shared_state: str | None = field(default=None, repr=False)
    audit_log: Path | None = None
    audit_relaxed: bool = False
    audit_keep_days: int = 30
    audit_max_size: int = 1_073_741_824
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    slow_ms: int = 0
    download_dir: Path | None = None
    upload_dir: Path | None = None
    output_budget: int = 20_000
    transport: Literal["stdio", "http"] = "stdio"
    server_name: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    allowed_hosts: tuple[str, ...] | None = None
    allowed_origins: tuple[str, ...] | None = None
    trusted_proxies: tuple[str, ...] | None = None
    metrics: bool = False
    metrics_port: int = 0
    auth_token_file: Path | None = None
    require_own_identity: bool = False
    oauth_issuer: str | None = None
    oauth_resource: str | None = None
    oauth_scopes: tuple[str, ...] | None = None
    oauth_identities: Path | None = None
    oauth_identity_claim: str = "sub"
    rate_limit: int = 600
    max_request_size: int = 1_048_576
    http_sessions: bool = False
    no_jsonrpc: bool = False
    hide_forbidden: bool = True
    sources: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    warnings: tuple[str, ...] = field(default=(), repr=False, compare=False)

    @property
    def known_release(self) -> str | None:
        """The XO release, where the operator named it."""
        return None if self.xo_release == "auto" else self.xo_release

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be written anywhere, as far as it is known now."""
        return tuple(value for value in (self.token, self.password) if value)


def resolve(flags: Mapping[str, object], environment: Mapping[str, str]) -> Config:
    """Combine flags, environment and defaults.

    Args:
        flags: Option name to what the command line gave; `None` where it gave nothing.
        environment: `os.environ`, or a stand-in.

    Raises:
        ConfigError: A value that can't be read; the message names its flag or variable.
    """
    values: dict[str, Value] = {}
    sources: dict[str, str] = {}
    for option in OPTIONS:
        given, source = _given(option, flags, environment)
        if source is None:
            continue
        values[option.name] = read_value(option, given, source)
        sources[option.name] = source
    return Config(**values, sources=sources, warnings=tuple(_unknown(environment)))  # type: ignore[arg-type]


def require_files(config: Config) -> None:
    """See that folders and files that were named are there, and may be read.

    Raises:
        ConfigError: One is not; the message names its flag or variable.
    """
    upload, download = config.upload_dir, config.download_dir
    try:
        if upload is not None and not upload.is_dir():
            raise ConfigError(f"{config.sources.get('upload_dir')}: {upload} is not a folder; make it or name another")
        # Exports make their folder when the first one is written.
        if download is not None and download.exists() and not download.is_dir():
            raise ConfigError(f"{config.sources.get('download_dir')}: {download} is not a folder; name another")
    except OSError as error:
        raise ConfigError(f"{error.filename} can't be a folder for files: {error.strerror}") from error
    for name in ("token_file", "ca_file", "auth_token_file", "oauth_identities", "confirm_key_file", "instances"):
        file: Path | None = getattr(config, name)
        if file is None:
            continue
        try:
            open_regular(file).close()
        except OSError as error:
            raise ConfigError(f"{config.sources.get(name, name)}: can't read {file}: {error.strerror}") from error


def secret_files(config: Config, names: Collection[str] = SECRET_FILES) -> Iterator[tuple[str, Path, int]]:
    """The files with secrets that can be read: the setting, the file, and its mode where others have rights, else 0."""
    for name in names:
        file: Path | None = getattr(config, name)
        if file is not None and file.is_file() and os.access(file, os.R_OK):
            yield name, file, modes_of_others(file)


def shared_key(config: Config) -> bytes | None:
    """Read the secret several workers share, or nothing when there is none.

    Raises:
        ConfigError: It is too short to be one, or unreadable.
    """
    if config.confirm_key_file is None:
        return None
    where = config.sources.get("confirm_key_file", "--confirm-key-file")
    try:
        key = read_regular(config.confirm_key_file).strip()
    except OSError as error:
        raise ConfigError(f"{where}: {config.confirm_key_file} can't be read ({error.strerror})") from error
    if len(key) < MIN_SECRET:
        raise ConfigError(
            f"{where}: a secret has at least {MIN_SECRET} bytes, this has {len(key)};"
            ' make one with: python -c "import secrets; print(secrets.token_hex(32))"'
        )
    return key


def effective(config: Config) -> dict[str, Value]:
    """Every setting as it holds, for showing: secrets are only said to be set."""
    shown: dict[str, Value] = {}
    for option in OPTIONS:
        value = getattr(config, option.name)
        shown[option.name] = "(set, not shown)" if option.secret and value else value
    for name in ("url", "oauth_issuer", "oauth_resource", "shared_state"):
        value = getattr(config, name)
        if value:
            shown[name] = _without_user(value)
    return shown


def _without_user(url: str) -> str:
    """A URL without the user and password somebody may have put into it."""
    scheme, separator, rest = url.partition("://")
    authority, slash, path = (rest if separator else scheme).partition("/")
    host = authority.rpartition("@")[2]
    return (scheme + separator if separator else "") + host + slash + path


def _given(option: Option, flags: Mapping[str, object], environment: Mapping[str, str]) -> tuple[object, str | None]:
    flag = flags.get(option.name)
    if option.flag is not None and flag is not None:
        return flag, option.flag
    text = environment.get(option.env)
    # An empty variable is how client configurations leave something out.
    if text is None or not text.strip():
        return None, None
    return text.strip(), option.env


def read_value(option: Option, given: object, source: str) -> Value:
    """Read the value of an option.

    Raises:
        ConfigError: It can't be read; the message names `source`.
    """
    if option.kind == "switch":
        return given if isinstance(given, bool) else _switch(str(given), source)
    if option.kind == "names":
        parts = given if isinstance(given, list) else [given]
        return tuple(name.strip() for part in parts for name in str(part).split(",") if name.strip())
    text = str(given)
    if option.kind == "number":
        return _number(option, text, source)
    if option.kind == "choice":
        if text.lower() not in option.choices:
            raise ConfigError(f"{source} must be one of {', '.join(option.choices)}, not {text!r}")
        return text.lower()
    if option.kind == "path":
        return expanded(require_filled_path(text, source), source)
    return require_filled_path(text, source) if option.name == "url" else text


def _switch(text: str, source: str) -> bool:
    if text.lower() in TRUE:
        return True
    if text.lower() in FALSE:
        return False
    raise ConfigError(f"{source} is 1 (yes) or 0 (no); {text!r} is neither")


def _number(option: Option, text: str, source: str) -> int:
    try:
        number = int(text.replace("_", ""))
    except ValueError:
        raise ConfigError(f"{source} must be a whole number, not {text!r}") from None
    if number < option.low or (option.high is not None and number > option.high):
        bounds = f"at least {option.low}" if option.high is None else f"between {option.low} and {option.high}"
        raise ConfigError(f"{source} must be {bounds}; {number} is not")
    return number


def _unknown(environment: Mapping[str, str]) -> list[str]:
    known = {option.env for option in OPTIONS}
    strange = [name for name in sorted(environment) if name.startswith("XO_") and name not in known]
    if not strange:
        return []
    from difflib import get_close_matches  # a start need not wait for it

    # Other programs have variables of XO too: of these, only what is all but one of ours was meant for us.
    meant = [name for name in strange if name.startswith(PREFIX) or get_close_matches(name, known, cutoff=ALL_BUT)]
    return [f"{name} is no setting of this server{suggestion(name, known, count=1)}" for name in meant]

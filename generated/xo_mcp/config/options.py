"""Every setting of the server: its flag, its environment variable and what it does.

One table, read by the command line, by the environment and by `xen-orchestra-mcp config`. Names that XO's own npm
server knows (`XO_URL`, `XO_TOKEN`, `XO_USERNAME`, `XO_PASSWORD`, `XO_MCP_ENABLE_ACTIONS`, `XO_MCP_DENY_LIST`) mean
the same here, so that a client's configuration works unchanged.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "switch", "names", "number", "choice", "path"]
PREFIX = "XO_MCP_"
"""Variables with this prefix are ours alone: one we don't know is a typing mistake."""


@dataclass(frozen=True)
class Option:
    """One setting.

    Attributes:
        name: The attribute of `Config`.
        kind: How its text is read; `names` is a list separated by commas.
        group: Heading in `--help`.
        help: One or two sentences for the operator.
        env: The environment variable; by default `XO_MCP_` and the name.
        flag: The command line flag, by default the name; secrets have none, because other users see command lines.
        default: What holds when nothing is given; `None` means unset.
        choices: The words a `choice` accepts.
        metavar: Placeholder in `--help`.
        low: Smallest `number`.
        high: Largest `number`, `None` without bound.
        secret: Never shown.
    """

    name: str
    kind: Kind
    group: str
    help: str
    env: str = ""
    flag: str | None = ""
    default: str | int | None = None
    choices: tuple[str, ...] = ()
    metavar: str | None = None
    low: int = 0
    high: int | None = None
    secret: bool = False

    def __post_init__(self) -> None:
        if not self.env:
            object.__setattr__(self, "env", PREFIX + self.name.upper())
        if self.flag == "":
            object.__setattr__(self, "flag", "--" + self.name.replace("_", "-"))


XO = "Xen Orchestra"
OFFER = "What is offered"
ASK = "What is asked and kept"
FILES = "Files and answers"
TRANSPORT = "Transport"

OPTIONS = (
    Option("url", "text", XO, "Base URL of Xen Orchestra, with or without /rest/v0.", env="XO_URL", metavar="URL"),
    Option(
        "token",
        "text",
        XO,
        "Authentication token (user page, or `xo-cli create-token`).",
        env="XO_TOKEN",
        flag=None,
        secret=True,
    ),
    Option(
        "token_file",
        "path",
        XO,
        "File holding the token; it is read again when it changes.",
        env="XO_TOKEN_FILE",
        flag=None,
    ),
    Option(
        "instances",
        "path",
        XO,
        "TOML file of several XOs instead of --url: [name], url, token_file, and optionally ca_file, insecure, "
        "read_only and xo_release. Every tool then takes `instance`.",
    ),
    Option("username", "text", XO, "User to sign in as when there is no token.", env="XO_USERNAME", flag=None),
    Option("password", "text", XO, "Password of XO_USERNAME.", env="XO_PASSWORD", flag=None, secret=True),
    Option("insecure", "switch", XO, "Accept any TLS certificate. Prefer --ca-file.", env="XO_INSECURE"),
    Option("ca_file", "path", XO, "PEM file of the authorities to trust instead of the system's.", env="XO_CA_FILE"),
    Option("enable_actions", "switch", OFFER, "Offer tools that change things. Without it they are absent."),
    Option(
        "disable_destructive",
        "switch",
        OFFER,
        "With --enable-actions: keep out what destroys data, cuts a running service or grants access to XO.",
    ),
    Option(
        "allow_denied",
        "switch",
        OFFER,
        "With --enable-actions: also what XO itself keeps from AI as dangerous (host power, detach, forget).",
    ),
    Option(
        "toolsets",
        "names",
        OFFER,
        "Groups of tools: tags of XO's API such as vms,hosts,srs, or `default` (daily work), or `all`. "
        "Without this and --tools: `default` where tools are marked for it, else `all`.",
        metavar="NAMES",
    ),
    Option(
        "tools",
        "names",
        OFFER,
        "Single tools by name or operationId, added to --toolsets; alone, only these.",
        metavar="NAMES",
    ),
    Option(
        "exclude_tools",
        "names",
        OFFER,
        "Tools to leave out by name or operationId; wins over everything else.",
        metavar="NAMES",
    ),
    Option("deny_list", "names", OFFER, "The same, under the name of XO's own MCP server.", flag=None),
    Option(
        "surface",
        "choice",
        OFFER,
        "full: every offered tool is listed. search: a few tools find, describe and call the others.",
        default="full",
        choices=("full", "search"),
    ),
    Option(
        "server_name",
        "text",
        OFFER,
        "What clients and people call this server, where they use several; xen-orchestra by default.",
        metavar="NAME",
    ),
    Option(
        "no_jsonrpc",
        "switch",
        OFFER,
        "Keep out tools that need XO's JSON-RPC API (a WebSocket), which serves what its REST API lacks.",
    ),
    Option(
        "hide_forbidden",
        "switch",
        OFFER,
        "Hide what the XO user may not do, where XO tells its privileges (6.4 and newer).",
        default=True,
    ),
    Option(
        "xo_release",
        "text",
        OFFER,
        "Hide what this XO release lacks (`6.4`), or `auto` to ask the XO at start.",
        metavar="RELEASE",
    ),
    Option(
        "confirm",
        "choice",
        ASK,
        "Which writes a person must agree to first, asked through the client, else with a one-shot token. destructive: "
        "what destroys data, cuts a running service or grants access.",
        default="destructive",
        choices=("destructive", "all", "none"),
    ),
    Option(
        "own_vm",
        "text",
        ASK,
        "Id or name of the VM that runs Xen Orchestra, which is not stopped, moved or deleted unasked. Without it, the "
        "VM with the address of the URL or its MAC.",
        metavar="VM",
    ),
    Option(
        "confirm_key_file",
        "path",
        ASK,
        "File with a secret of 32 bytes or more that several workers share: "
        "one takes the confirmation another asked for, once. Used ones are noted in a folder beside it.",
    ),
    Option(
        "shared_state",
        "text",
        ASK,
        "Redis or Valkey that workers on several machines share, such as redis://store.example.org:6379/0 "
        "(rediss:// with TLS): used confirmations, calls under way, request rates. Needs --confirm-key-file, the same "
        "secret everywhere, and the extra cluster. A password belongs into the variable.",
        metavar="URL",
    ),
    Option(
        "audit_log",
        "path",
        ASK,
        "File to which every write attempt adds a JSON line; writes are refused when it can't be written.",
    ),
    Option("audit_relaxed", "switch", ASK, "Let writes happen even when the audit log can't be written."),
    Option(
        "audit_keep_days",
        "number",
        ASK,
        "Days for which nothing in the audit log is dropped.",
        default=30,
        metavar="DAYS",
    ),
    Option(
        "audit_max_size",
        "number",
        ASK,
        "Bytes of the audit log, older files included: the oldest is dropped then, or writes are refused while it is "
        "younger than --audit-keep-days.",
        default=1_073_741_824,
        metavar="BYTES",
        low=65_536,
    ),
    Option(
        "log_level",
        "choice",
        ASK,
        "How much goes to standard error.",
        default="warning",
        choices=("debug", "info", "warning", "error"),
    ),
    Option(
        "slow_ms",
        "number",
        ASK,
        "Log tool calls and requests to XO that take longer, in milliseconds; 0: none.",
        default=0,
        metavar="MS",
    ),
    Option(
        "download_dir",
        "path",
        FILES,
        "The only folder exports are written to. Without it exports are refused.",
        metavar="FOLDER",
    ),
    Option(
        "upload_dir",
        "path",
        FILES,
        "The only folder imports are read from. Without it imports are refused.",
        metavar="FOLDER",
    ),
    Option(
        "output_budget",
        "number",
        FILES,
        "Bytes one answer may have; more is cut at a record, and said.",
        default=20_000,
        metavar="BYTES",
        low=2_000,
    ),
    Option(
        "transport",
        "choice",
        TRANSPORT,
        "stdio for a client that starts this program, http for one that connects to it.",
        default="stdio",
        choices=("stdio", "http"),
    ),
    Option(
        "host",
        "text",
        TRANSPORT,
        "Address to listen on; any but loopback needs --auth-token-file or --oauth-issuer.",
        default="127.0.0.1",
    ),
    Option("port", "number", TRANSPORT, "Port to listen on.", default=8000, high=65_535),
    Option(
        "allowed_hosts",
        "names",
        TRANSPORT,
        "Host headers to answer, such as mcp.example.org or mcp.example.org:*; by default loopback names and the host "
        "of --oauth-resource.",
        metavar="HOSTS",
    ),
    Option(
        "allowed_origins",
        "names",
        TRANSPORT,
        "Origins of web pages that may connect (CORS), such as https://chat.example.org; loopback by default.",
        metavar="ORIGINS",
    ),
    Option(
        "trusted_proxies",
        "names",
        TRANSPORT,
        "Addresses or networks of proxies whose X-Forwarded-For says who a client is, such as 127.0.0.1 or 10.0.0.0/8.",
        metavar="ADDRESSES",
    ),
    Option(
        "metrics",
        "switch",
        TRANSPORT,
        "Serve figures for Prometheus at /metrics, where tokens are needed to clients with one (extra `telemetry`).",
    ),
    Option(
        "metrics_port",
        "number",
        TRANSPORT,
        "Serve them at a port of their own instead, without a token: for networks that only monitoring reaches; 0: no.",
        default=0,
        high=65_535,
    ),
    Option(
        "auth_token_file",
        "path",
        TRANSPORT,
        "File of bearer tokens clients must send, one a line, optionally after a name and a space; read again when it "
        "changes. After name and token: the file with this client's own XO token, and flags that narrow what it may do "
        "(`alice 4Jx... /etc/xo/alice --no-enable-actions`).",
    ),
    Option(
        "require_own_identity",
        "switch",
        TRANSPORT,
        "Refuse clients that have no XO token of their own, instead of letting them act as the server's XO user.",
    ),
    Option(
        "oauth_issuer",
        "text",
        TRANSPORT,
        "Instead of --auth-token-file: URL of the OAuth authorization server whose access tokens (JWT) clients must "
        "send, exactly as its metadata has it. Needs --oauth-resource.",
        metavar="URL",
    ),
    Option(
        "oauth_resource",
        "text",
        TRANSPORT,
        "URL at which clients reach this server, such as https://mcp.example.org/mcp: the audience of their tokens.",
        metavar="URL",
    ),
    Option(
        "oauth_scopes",
        "names",
        TRANSPORT,
        "Scopes every access token must have.",
        metavar="SCOPES",
    ),
    Option(
        "oauth_identities",
        "path",
        TRANSPORT,
        "File that says whom clients with access tokens are at XO: a line with the subject, the file with its XO "
        "token, and flags that narrow; read again when it changes.",
    ),
    Option(
        "oauth_identity_claim",
        "text",
        TRANSPORT,
        "Claim of access tokens to find in --oauth-identities, such as sub or email.",
        default="sub",
        metavar="CLAIM",
    ),
    Option(
        "rate_limit",
        "number",
        TRANSPORT,
        "HTTP requests one client may make in a minute; 0 for no limit.",
        default=600,
        metavar="N",
    ),
    Option(
        "max_request_size",
        "number",
        TRANSPORT,
        "Bytes one HTTP request may have.",
        default=1_048_576,
        metavar="BYTES",
        low=1_024,
    ),
    Option(
        "http_sessions",
        "switch",
        TRANSPORT,
        "Keep sessions, so that clients of older protocol versions can be asked for confirmation over HTTP. "
        "Only for a single worker.",
    ),
)
"""Every setting, in the order of `--help`."""

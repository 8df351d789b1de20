"""Every setting of the server: its flag, its environment variable and what it does.

One table, read by the command line, by the environment and by `xen-orchestra-mcp config`. Names that XO's own npm
server knows (`XO_URL`, `XO_TOKEN`, `XO_USERNAME`, `XO_PASSWORD`, `XO_MCP_ENABLE_ACTIONS`, `XO_MCP_DENY_LIST`) mean
the same here, so that a client's configuration works unchanged.
"""

from xo_mcp.config.option import Option
from xo_mcp.config.transport_options import TRANSPORT_OPTIONS

XO = "Xen Orchestra"
OFFER = "What is offered"
ASK = "What is asked and kept"
FILES = "Files and answers"

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
        "Hide what the XO user may not do, where XO reports its privileges (6.4 and newer).",
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
    *TRANSPORT_OPTIONS,
)
"""Every setting, in the order of `--help`."""

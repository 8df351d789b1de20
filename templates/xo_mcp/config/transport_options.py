"""Settings of how clients reach the server, and of HTTP."""

from xo_mcp.config.option import Option

TRANSPORT = "Transport"

TRANSPORT_OPTIONS = (
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
        "Serve Prometheus metrics at /metrics; where clients need tokens, only with one (extra `telemetry`).",
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
        "File with the XO users of clients with access tokens: a line with the subject, the file with its XO "
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

"""What is changed, and the tests that must notice: quick ones, in one process with what they test."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """Modules, and their tests.

    Attributes:
        modules: Relative to `xo_mcp`, without `.py`.
        tests: Files below `tests/server`, without `test_` and `.py`; `*` matches anything.
    """

    modules: tuple[str, ...]
    tests: tuple[str, ...]


GROUPS = {
    "client": Group(
        ("api/client",),
        (
            "client",
            "client_auth",
            "client_retries",
            "client_silence",
            "client_redirects",
            "client_switch",
            "client_streams",
            "client_tls",
            "paths",
        ),
    ),
    "retry": Group(("api/retry",), ("retries",)),
    "paths": Group(("api/paths",), ("paths", "sent_arguments")),
    "refusals": Group(("api/refusals",), ("refusal_words", "client_errors", "xapi_errors", "xo_validation_errors")),
    "policy": Group(("safety/policy",), ("policy", "offers")),
    "access": Group(("api/access",), ("access",)),
    "confirm": Group(("server/confirm", "safety/tokens"), ("questions", "tokens", "confirm*")),
    "validation": Group(("safety/validation",), ("validation", "complaints")),
    "blocking": Group(("api/blocking", "api/blocking_http", "transfer/body"), ("blocking", "download*")),
    "download": Group(("transfer/download", "transfer/writer", "transfer/progress"), ("download*",)),
    "upload": Group(("transfer/upload",), ("upload", "import_answers")),
    "folders": Group(("transfer/folders", "transfer/filenames"), ("folders", "upload_files")),
    "partfile": Group(("transfer/partfile",), ("folders", "download*")),
}

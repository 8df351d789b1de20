"""The kinds of call the run-time library knows, and which of them serves an operation."""

from dataclasses import dataclass, replace
from urllib.parse import unquote

from generator.api.combining import Schema
from generator.api.methods import CALL
from generator.api.operations import Operation, is_json, placeholders
from generator.api.parameters import Unsent
from generator.api.schema import Schemas
from generator.errors import OverrideError
from generator.model.conventions import Conventions

LIST_LIMIT = 50
"""Records of a list when nobody decided otherwise."""


@dataclass(frozen=True)
class Extra:
    """An argument the run-time library adds: XO has no such parameter, or not with this meaning."""

    name: str
    schema: Schema
    annotation: str
    default: str | None


@dataclass(frozen=True)
class Kind:
    """One kind of call.

    Attributes:
        name: As in overrides and in the facts of a tool.
        facade: The method of `Xo` that serves it.
        extras: Arguments the library adds, in order.
        replaces: Query parameters of XO that an extra replaces.
        knows_records: Answers records whose fields are known.
        carries: Calls other tools, and does to the world whatever these do.
        local: Of the server's own tools, which have no operation.
    """

    name: str
    facade: str
    extras: tuple[Extra, ...] = ()
    replaces: frozenset[str] = frozenset()
    knows_records: bool = False
    carries: bool = False
    local: bool = False


TEXT: Schema = {"type": "string"}
FILTER = Extra("filter", TEXT, "str | Omit", "OMIT")
FIELDS = Extra("fields", TEXT, "str", None)
SOME_FIELDS = Extra("fields", TEXT, "str | Omit", "OMIT")
LIMIT = Extra("limit", {"type": "integer", "minimum": 1}, "int", None)
FORMAT = Extra("format", {"type": "string", "enum": ["json", "markdown"]}, "str", '"json"')
TIMEOUT = Extra("timeout", {"type": "number", "minimum": 0}, "float", "60")
FLAG: Schema = {"type": "boolean"}

KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "list",
            "list",
            (FILTER, FIELDS, LIMIT, FORMAT),
            replaces=frozenset({"filter", "fields", "limit"}),
            knows_records=True,
        ),
        Kind("get", "get", (SOME_FIELDS,), knows_records=True),
        Kind("read", "read"),
        Kind("write", "write"),
        Kind("action", "action", (TIMEOUT,)),
        Kind("download", "download", (Extra("filename", TEXT, "str | Omit", "OMIT"),)),
        Kind("upload", "upload", (Extra("file", TEXT, "str", None),)),
        Kind(
            "stats",
            "stats",
            (
                Extra("series", TEXT, "str | Omit", "OMIT"),
                Extra("points", {"type": "integer", "minimum": 2}, "int | Omit", "OMIT"),
                Extra("chart", FLAG, "bool", "False"),
                Extra("last", TEXT, "str | Omit", "OMIT"),
            ),
        ),
        Kind(
            "list_tasks",
            "list_tasks",
            (FILTER, FIELDS, LIMIT, FORMAT, Extra("watch", FLAG, "bool", "False"), TIMEOUT),
            replaces=frozenset({"filter", "fields", "limit", "watch"}),
            knows_records=True,
        ),
        Kind(
            "get_task",
            "get_task",
            (SOME_FIELDS, Extra("wait", FLAG, "bool", "False"), TIMEOUT),
            replaces=frozenset({"wait"}),
            knows_records=True,
        ),
        Kind("open_events", "open_events"),
        Kind("subscribe", "subscribe"),
        Kind("unsubscribe", "unsubscribe"),
        Kind("read_events", "read_events", local=True),
        Kind("close_events", "close_events", local=True),
        Kind("query_inventory", "query_inventory", local=True),
        Kind("describe_inventory", "describe_inventory", local=True),
        Kind("report", "report", local=True),
        Kind("run_on_many", "run_on_many", carries=True, local=True),
        Kind("screenshot", "screenshot", local=True),
        # JSON-RPC: answered soon; followed while it runs; answered by the address of a file.
        Kind("call", "call"),
        Kind("long_call", "call", (TIMEOUT,)),
        Kind("fetch", "call", (Extra("filename", TEXT, "str | Omit", "OMIT"),)),
    )
}
LOCAL = frozenset(kind.name for kind in KINDS.values() if kind.local)
"""Kinds of the server's own tools, which have no operation."""
CALLS = frozenset({"call", "long_call", "fetch"})
"""Kinds that call a JSON-RPC method."""
CHANGES = frozenset({"write", "action", "upload"})
READS = frozenset({"list", "get", "read", "download", "stats", "list_tasks", "get_task"})
_METHOD_OF_KIND = {**dict.fromkeys((*READS, "open_events"), "GET"), "subscribe": "POST", "unsubscribe": "DELETE"}
"""What a kind asks of an operation; those that change something take any other than GET."""
REQUIRED_EXTRAS = frozenset({"file"})


def choose_kind(operation: Operation, wanted: str | None, conventions: Conventions, collections: set[str]) -> Kind:
    """Find the kind of call that serves an operation.

    Args:
        operation: Its media types, statuses and parameters decide.
        wanted: What an override says, which wins.
        conventions: How this API speaks; empty for a stranger's.
        collections: Paths of the operations that list records.

    Raises:
        OverrideError: An override names an unfitting kind.
    """
    if operation.method == CALL and wanted is None:
        return KINDS["call"]
    if wanted is not None:
        _require_method(operation, wanted)
        return KINDS[wanted]
    if operation.method != "GET":
        return KINDS[_kind_of_write(operation, conventions)]
    return KINDS[_kind_of_read(operation, conventions, collections)]


def _require_method(operation: Operation, wanted: str) -> None:
    if wanted in LOCAL:
        raise OverrideError(f"kind {wanted} is for tools of the server itself (`local_tools`)", place=operation.key)
    if (wanted in CALLS) != (operation.method == CALL):
        raise OverrideError(f"kind {wanted} is not for {operation.method}", place=operation.key)
    if _METHOD_OF_KIND.get(wanted, operation.method) != operation.method:
        raise OverrideError(f"kind {wanted} needs a {_METHOD_OF_KIND[wanted]}", place=operation.key)
    if wanted in CHANGES and operation.method == "GET":
        raise OverrideError(f"kind {wanted} changes something, which a GET does not", place=operation.key)


def _kind_of_write(operation: Operation, conventions: Conventions) -> str:
    if operation.body is not None and _is_binary(operation.body.media_type):
        return "upload"
    return "action" if conventions.task_status in operation.success else "write"


def _kind_of_read(operation: Operation, conventions: Conventions, collections: set[str]) -> str:
    if lists_records(operation, conventions):
        return "list"
    if _downloads(operation):
        return "download"
    parent, _, last = operation.path.rpartition("/")
    is_one_of_them = parent in collections and last == "{" + "".join(placeholders(last)) + "}"
    return "get" if is_one_of_them else "read"


def lists_records(operation: Operation, conventions: Conventions) -> bool:
    """Whether a GET answers records that can be filtered and limited."""
    wanted = conventions.list_parameters
    return operation.method == "GET" and bool(wanted) and all(operation.parameter(name, "query") for name in wanted)


def _downloads(operation: Operation) -> bool:
    media_types = [media for content in operation.success.values() for media in content]
    return bool(media_types) and all(_is_binary(media) for media in media_types)


def _is_binary(media_type: str) -> bool:
    essence = media_type.split(";", maxsplit=1)[0].strip().lower()
    text = is_json(essence) or essence.startswith(("text/", "multipart/")) or essence in TEXTS
    return not text


TEXTS = {"application/xml", "application/x-www-form-urlencoded", "*/*"}


def without_unsent_body(operation: Operation, schemas: Schemas) -> Operation:
    """An operation without a body that no call sends and that need not be given, which is left out like a parameter.

    One that must have some property when it is given stays: without it, a call would not do what the operation is for.
    """
    body = operation.body
    if body is None or body.required or _is_sent(body.media_type):
        return operation
    flat = schemas.flat(body.schema, f"{operation.key} > body")
    if flat is not None and flat.required:
        return operation
    unsent = Unsent("body", required=False, why=f"is {body.media_type}, and only JSON and binary bodies are sent")
    return replace(operation, body=None, unsent=(*operation.unsent, unsent))


def _is_sent(media_type: str) -> bool:
    return is_json(media_type) or _is_binary(media_type)


def unsendable(operation: Operation) -> tuple[str, str] | None:
    """Say why an operation can't be called, or nothing.

    Returns:
        The kind of reason, which many operations can share, and what it is of this one.
    """
    if operation.path.endswith("/*"):
        why = "its path is a wildcard: it matches many routes, and names none (XO 5.111: /users/me/*)"
        return "the path is a wildcard", why
    if "?" in operation.path or "#" in operation.path:
        return "the path holds a query", "its path holds a query or a fragment, and only paths are called"
    if any(unquote(segment) in (".", "..") for segment in operation.path.split("/")):
        return "the path leads elsewhere", "a segment of its path is `.` or `..`, which clients and servers resolve"
    unsent = next((entry for entry in operation.unsent if entry.required), None)
    if unsent is not None:
        return f"a required parameter {unsent.why}", f"its required parameter {unsent.text}"
    if operation.body is None or _is_sent(operation.body.media_type):
        return None
    media = operation.body.media_type
    return f"the request body is {media}", f"its request body is {media}, and only JSON and binary bodies are sent"

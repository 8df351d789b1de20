"""Shortens one of XO's tasks for a model, to a bounded number of bytes.

A failed task of XO 6.7.1 can carry 200 kB: a stack, the arguments of every call below it, whole records. Backup logs
are tasks too.
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Final

from xo_mcp.api.mistakes import meaning_of, state_of
from xo_mcp.api.xapi_codes import explain, is_code, parse
from xo_mcp.bounds import LOOKED_AT
from xo_mcp.decisions import CONVENTIONS
from xo_mcp.encoding import size
from xo_mcp.parsing import BEYOND, number_in, object_in
from xo_mcp.reads.budget import fit_value
from xo_mcp.text import one_line
from xo_mcp.types import Json

PENDING: Final = "pending"
UNSETTLED: Final = frozenset({"pending", "started"})
"""What an answer says of an action that goes on, or whose end XO does not show."""
_FAILED: Final = ("failure", "interrupted")

_OPAQUE: Final = re.compile(r"OpaqueRef(?::|%3A)[\w-]*", re.IGNORECASE)
_DEPTH: Final = 3  # levels of sub-tasks shown
_SUBTASKS: Final = 10  # sub-tasks shown of one task
_MESSAGES: Final = 5  # warnings and infos shown
_MESSAGE: Final = 300  # characters of one
_REASON: Final = 600  # characters of a failure's reason
_VALUE: Final = 160  # characters of one value in it
_PARAMS: Final = 600  # bytes of arguments and data
_RESULT: Final = 2_000  # bytes of a result
_GIVEN: Final = 20  # parameters of a failure that are looked at


def is_task_route(route: str) -> bool:
    """Whether a route answers with tasks: `/tasks/{id}`, `/vms/{id}/tasks`, `/backup-logs`."""
    names = [part for part in route.split("/") if part and not part.startswith("{")]
    return bool(names) and names[-1] in CONVENTIONS.task_collections


def has_ended(task: Mapping[str, Json]) -> bool:
    """Whether a task is over, well or not."""
    return task.get("status") != PENDING


def has_failed(task: Mapping[str, Json]) -> bool:
    """Whether a task is over and did not do what it should."""
    return str(task.get("status")) in _FAILED


def without_refs(text: str) -> str:
    """Return `text` with XAPI's references, which mean nothing outside of it, replaced by `(reference)`."""
    return _OPAQUE.sub("(reference)", text)


def trimmed(task: Json, depth: int = 0) -> Json:
    """Return a task with bounded results, arguments and sub-tasks; anything that is not an object comes back as it is.

    The failing and the pending sub-tasks are kept first; `tasksNotShown` counts the others.
    """
    if not isinstance(task, dict):
        return task
    shown: dict[str, Json] = {}
    for name, value in task.items():
        if name == "tasks" and isinstance(value, list):
            kept = _worth(value) if depth < _DEPTH else []
            if kept:
                shown["tasks"] = [trimmed(each, depth + 1) for each in kept]
            if len(kept) < len(value):
                shown["tasksNotShown"] = len(value) - len(kept)
        elif name in ("warnings", "infos") and isinstance(value, list):
            shown[name] = [_remark(each) for each in value[:_MESSAGES]]
        elif name == "result":
            shown[name] = _result(value)
        elif name == "properties" and isinstance(value, dict):
            shown[name] = {key: fit_value(item, _PARAMS)[0] for key, item in value.items()}
        else:
            shown[name] = fit_value(value, _RESULT)[0]
    return shown


def _worth(tasks: list[Json]) -> list[Json]:
    def rank(index: int) -> int:
        task = tasks[index]
        if not isinstance(task, dict):
            return 2
        return 0 if has_failed(task) else 2 if has_ended(task) else 1

    best = sorted(range(len(tasks)), key=rank)[:_SUBTASKS]
    return [tasks[index] for index in sorted(best)]


def _remark(remark: Json) -> Json:
    """One of a task's warnings or infos."""
    if not isinstance(remark, dict):
        return fit_value(remark, _MESSAGE)[0]
    shown: dict[str, Json] = {"message": one_line(without_refs(str(remark.get("message", ""))), _MESSAGE)}
    data = remark.get("data")
    if data is not None and size(data) <= _MESSAGE:
        shown["data"] = data
    return shown


def _result(result: Json) -> Json:
    if not isinstance(result, dict):
        return fit_value(result, _RESULT)[0]
    kept = {name: _scrubbed(item) for name, item in result.items() if name not in ("stack", "call")}
    return fit_value(kept, _RESULT)[0]


def _scrubbed(value: Json) -> Json:
    if isinstance(value, str):
        return without_refs(value)
    if isinstance(value, list):
        return [_scrubbed(item) for item in value]
    if isinstance(value, dict):
        return {name: _scrubbed(item) for name, item in value.items()}
    return value


def name_of(task: Mapping[str, Json]) -> str:
    """Return what XO calls a task, or a step of a backup's log, as one short line; empty when it has no name."""
    properties, step = task.get("properties"), task
    name = properties.get("name") if isinstance(properties, dict) else step.get("message")
    return one_line(name, 120) if isinstance(name, str) else ""


def start_of(task: Mapping[str, Json]) -> float:
    """Return when a task began, in milliseconds since 1970; 0 when it does not say."""
    return number_in(task.get("start"))


def failure_of(task: Mapping[str, Json]) -> tuple[str, str | None]:
    """Why a task failed.

    Returns:
        One or more sentences (reason, then what to do when that is known), and XO's or XenServer's code.
    """
    for each in _failing(task, 0):
        result = each.get("result")
        if isinstance(result, dict) and any(result.get(name) for name in ("code", "message", "name")):
            return reason_of(result)
        if isinstance(result, str) and result:
            said = _text(result)
            return _sentences(_reason(said), meaning_of(said) or ""), None
    if task.get("status") == "interrupted":
        return "XO was stopped or restarted while the task ran; part of the work may be done.", "interrupted"
    return "XO gives no reason.", None


def _failing(task: Mapping[str, Json], depth: int) -> Iterator[Mapping[str, Json]]:
    """The task, then its failed sub-tasks: the reason may be known only further down."""
    yield task
    for each in _subtasks(task) if depth < _DEPTH else []:
        if has_failed(each):
            yield from _failing(each, depth + 1)


def reason_of(result: Mapping[str, Json]) -> tuple[str, str | None]:
    """Put an error object of XO (`code`, `params`, `message`, `name`) into sentences; returns them and the code."""
    code, message, params = result.get("code"), result.get("message"), result.get("params")
    if isinstance(code, str) and is_code(code):
        given = params[:_GIVEN] if isinstance(params, list) else []
        return _sentences(*explain(code, [_text(each) for each in given])), code
    text = _text(message if isinstance(message, str) and message else result.get("name") or "")
    parsed = parse(text)
    if parsed is not None:
        return _sentences(*explain(*parsed)), parsed[0]
    short = one_line(code, 60) if isinstance(code, str) else str(code) if isinstance(code, int) else None
    data = result.get("data")
    state = state_of(data, _clean) if isinstance(data, dict) else ""
    return _sentences(_reason(f"{text}: {state}" if state else text or _text(code)), meaning_of(text) or ""), short


def _text(value: Json) -> str:
    """The beginning of a text; of what is not text, only numbers and the like are written out."""
    return value[:LOOKED_AT] if isinstance(value, str) else "..." if isinstance(value, (dict, list)) else str(value)


def _clean(text: str) -> str:
    return one_line(without_refs(text), _VALUE)


def _sentences(what: str, advice: str) -> str:
    return f"{what} {advice}".strip()


def _reason(text: str) -> str:
    # The first lines say what happened; a stack may follow in the same text.
    plain = one_line(without_refs(re.split(r"\n[ \t]+at ", text, maxsplit=1)[0]), _REASON)
    return plain if plain.endswith((".", "!", "?")) else f"{plain}."


def progress_of(task: Mapping[str, Json]) -> float | None:
    """Return how far a task is in percent, from itself or from its sub-tasks; `None` when neither says."""
    properties = task.get("properties")
    for holder in (task, object_in(properties)):
        own = number_in(holder.get("progress"), math.nan)
        if not math.isnan(own):
            return min(max(own, 0.0), 100.0)
        done, total = holder.get("done"), holder.get("total")
        if isinstance(done, int) and isinstance(total, int) and 0 < done <= total < BEYOND:
            return 100.0 * done / total
    tasks = _subtasks(task)
    if not tasks:
        return None
    return sum(100.0 if has_ended(each) else progress_of(each) or 0.0 for each in tasks) / len(tasks)


def _subtasks(task: Mapping[str, Json]) -> list[dict[str, Json]]:
    tasks = task.get("tasks")
    return [each for each in tasks if isinstance(each, dict)] if isinstance(tasks, list) else []


def step_of(task: Mapping[str, Json]) -> str:
    """Return what a task is doing: its name and that of the sub-task that runs."""
    running = [each for each in _subtasks(task) if not has_ended(each)]
    return ": ".join(filter(None, [name_of(task), name_of(running[-1]) if running else ""]))

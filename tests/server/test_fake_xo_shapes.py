"""What the fake XO answers is shaped like what XO's contract says and what a real XO answered."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from fake_xo import FakeXo, running_fake_xo
from fake_xo.handlers.undescribed import by_contract
from fake_xo.spec import convert
from newest import plugin_operations

SHAPES = Path(__file__).with_name("fake_xo_shapes.json")
"""Field names and types of what a real XO 6.7.1 answered, by route, as `shapes_of` describes them."""
DEVIATIONS = {
    "GET /backup-logs",  # ids of sub-tasks are strings
    "GET /backup-logs/{id}",
    "GET /hosts/{id}/missing_patches",  # `changelog` is null
    "GET /pools/{id}/missing_patches",
    "GET /vm-controllers/{id}",  # XO did not make it: no `creation`
    "GET /vm-snapshots/{id}",
    "GET /vm-templates/{id}",
    "GET /vms/{id}",
}
"""Where XO's answers do not fit XO's own schema, and the fake's neither."""


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with running_fake_xo() as running:
        yield running


@pytest.fixture(scope="module")
def xo(fake: FakeXo) -> Iterator[httpx2.Client]:
    with fake.client() as client:
        yield client


def first_id(fake: FakeXo, collection: str) -> str:
    return str(fake.xo.people.admin if collection == "users" else fake.find(collection)["id"])


def read(fake: FakeXo, xo: httpx2.Client, route: str) -> Any:
    """The answer of a GET route about the first object there is, with all fields."""
    collection = route.split("/")[1]
    path = route.replace("{id}", quote(first_id(fake, collection), safe="")) if "{id}" in route else route
    answer = xo.get(path, params={"fields": "*", "backup-repository": "*"})
    assert answer.status_code == 200, answer.text
    return answer.json() if "json" in answer.headers["content-type"] else answer.text


# --- the contract


def test_every_operation_is_answered(fake: FakeXo) -> None:
    document = json.loads(fake.options.spec.read_text())
    wanted = {
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if not operation.get("deprecated")
    }
    answered = {operation.key for operation in fake.xo.contract.operations}
    assert answered >= wanted
    assert answered - wanted == plugin_operations().keys()


def test_answers_fit_the_contract(fake: FakeXo, xo: httpx2.Client) -> None:
    document = json.loads(fake.options.spec.read_text())
    unfit = set()
    checked = 0
    for operation in fake.xo.contract.operations:
        content = document["paths"].get(operation.path, {}).get(operation.method.lower(), {})
        content = content.get("responses", {}).get("200", {}).get("content", {})
        if fake.xo.handlers[operation.key] is by_contract:
            continue  # of a release that the fake has not met
        if operation.method != "GET" or "application/json" not in content or "{format}" in operation.path:
            continue
        validator = fake.xo.contract.validator(convert(content["application/json"]["schema"]))
        checked += 1
        if not validator.is_valid(read(fake, xo, operation.path)):
            unfit.add(operation.key)
    assert unfit == DEVIATIONS
    assert checked > len(DEVIATIONS)


# --- what a real XO answered


def kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return {str: "string", list: "array", dict: "object"}[type(value)]


def describe(value: Any, path: str, shape: dict[str, set[str]], depth: int = 0) -> None:
    """Collect the types of a value and of what is in it, by path; keys that are ids or numbers are `*`."""
    shape.setdefault(path, set()).add(kind(value))
    if isinstance(value, dict) and depth < 5:
        for key, each in value.items():
            name = "*" if re.fullmatch(r"\d+|[0-9a-f]{8}|[0-9a-f-]{36}|[a-z]", key) else key
            describe(each, f"{path}/{name}", shape, depth + 1)
    if isinstance(value, list):
        for each in value:
            describe(each, f"{path}[]", shape, depth + 1)


def shapes_of(answers: dict[str, Any]) -> dict[str, dict[str, list[str]]]:
    """Route to path to types."""
    result: dict[str, dict[str, list[str]]] = {}
    for route, body in answers.items():
        shape: dict[str, set[str]] = {}
        describe(body, "", shape)
        result[route] = {path: sorted(types) for path, types in sorted(shape.items())}
    return result


FREE = ("other", "otherConfig", "other_config", "addresses", "bios_strings", "device_config", "features", "CPUs")
"""Objects whose keys are whatever somebody put there."""


ALSO = {"device": {"string"}, "[]": {"null"}, "/os_version": {"null"}}
"""Types the contract allows and the recordings do not show: a plugged disk's device, a gap in a series, a VM off."""


def demanded(path: str, own: dict[str, list[str]]) -> bool:
    """Whether a recorded path must be there: not in objects with free keys, not in lists that are empty here."""
    lists = [path[: found.start()] for found in re.finditer(r"\[\]", path)]
    empty = any(each in own and each + "[]" not in own for each in lists)
    return not empty and not any(f"/{name}/" in path for name in FREE)


@pytest.mark.parametrize("route", json.loads(SHAPES.read_text()))
def test_answers_have_the_recorded_fields_and_types(fake: FakeXo, xo: httpx2.Client, route: str) -> None:
    recorded = json.loads(SHAPES.read_text())[route]
    own = shapes_of({route: read(fake, xo, route)})[route]
    assert {path for path in recorded if path not in own and demanded(path, own)} == set()
    for path in own.keys() & recorded.keys():
        also = next((types for end, types in ALSO.items() if path.endswith(end)), set())
        assert set(own[path]) <= set(recorded[path]) | also, path

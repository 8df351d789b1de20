"""Changes of a document that no location of a schema shows: each is found, and judged by what a tool's user notices."""

import copy
from collections.abc import Callable
from dataclasses import replace

import pytest
from small_api import TEXT, Json, json_body, listing, schema, start, starting

from generator.api.methods import methods_document
from generator.compare.diff import Diff, diff
from generator.compare.diffview import markdown
from generator.compare.sides import Side
from generator.model.conventions import Conventions, Shared
from generator.model.overrides import Overrides

Change = Callable[[Json], object]
SCHEMES = {"token": {"type": "apiKey", "in": "cookie", "name": "session"}, "basic": {"type": "http", "scheme": "basic"}}


def sign_in(*names: str) -> Change:
    """Have everything asked for by whoever signs in by one of some ways."""

    def change(document: Json) -> None:
        document["components"]["securitySchemes"] = SCHEMES
        document["security"] = [{name: []} for name in names]

    return change


def tags(*names: str) -> Change:
    return lambda d: listing(d).update(tags=list(names))


def servers(*urls: str) -> Change:
    return lambda d: d.update(servers=[{"url": url} for url in urls])


def start_body(**keywords: object) -> Change:
    return lambda d: schema(d, "Start").update(keywords)


def free(**keywords: object) -> Change:
    """The disk is one object, whose keys are those that it says."""
    disk = {"type": "object", "properties": {"a": TEXT}, **keywords}
    return lambda d: schema(d, "Start")["properties"].update(disk=disk)


def body_is_required(is_required: bool) -> Change:
    return lambda d: starting(d)["requestBody"].update(required=is_required)


def nothing(_: Json) -> None:
    """Stays as it is."""


@pytest.mark.parametrize(
    ("expected", "level", "before", "after"),
    [
        ("", "internal", tags("a", "b"), tags("b", "a")),
        ("", "internal", sign_in(), sign_in("token")),
        ("", "internal", sign_in("token"), sign_in()),
        ("", None, sign_in("token"), sign_in("token", "basic")),
        (
            "no longer takes each way to sign in: `http basic` instead of `cookie session`",
            "breaking",
            sign_in("token"),
            sign_in("basic"),
        ),
        (
            'argument `sort` has other bounds: not {"enum": ["up"]} instead of none',
            "breaking",
            nothing,
            lambda d: listing(d)["parameters"][0]["schema"].update({"not": {"enum": ["up"]}}),
        ),
        (
            "the arguments together have other bounds: minProperties 2 instead of none",
            "breaking",
            nothing,
            start_body(minProperties=2),
        ),
        ("", None, nothing, start_body(nullable=True)),
        ("argument `disk` takes combinations that it refused", "additive", free(), free(additionalProperties=True)),
        ("", None, free(), free(additionalProperties=False)),
        ("argument `host` must be given now", "breaking", body_is_required(is_required=False), nothing),
        ("argument `host` may be left out now", "additive", nothing, body_is_required(is_required=False)),
        (
            "calls go below `/rest/v0`, and XO's routes are below `/rest/v1` now",
            "breaking",
            servers("/rest/v0"),
            servers("/rest/v1"),
        ),
        ("", "internal", servers("/rest/v0"), servers("http://xo.example/rest/v0/")),
        ("calls go below `/`, and", "breaking", nothing, servers("/rest/v1")),
    ],
)
def test_a_change_around_the_schemas_is_found_and_judged(
    expected: str, level: str | None, before: Change, after: Change
):
    one, other = start(), start()
    before(one)
    after(other)
    found = diff(Side("old", one), Side("new", other))
    assert found.level == level
    texts = {entry.text for entry in found.changes if entry.text}
    assert len(texts) == bool(expected)
    assert all(text.startswith(expected) for text in texts)
    assert level is None or expected in markdown(found)


SPEAKS = Conventions(list_parameters=["filter", "limit"], absorbed={"ndjson": "by itself"})
LISTS = Overrides(Shared(conventions=SPEAKS))


def listed(change: Change) -> Diff:
    """A list that our arguments `filter` and `limit` serve, in two releases."""
    old = start()
    numbers = {"type": "number"}
    given = {"filter": TEXT, "limit": numbers, "ndjson": {"type": "boolean"}}
    listing(old)["parameters"] = [{"in": "query", "name": name, "schema": dict(given[name])} for name in given]
    new = copy.deepcopy(old)
    change(new)
    return diff(Side("old", old, LISTS), Side("new", new, LISTS))


@pytest.mark.parametrize(
    ("expected", "level", "name", "schema", "keywords"),
    [
        ("argument `limit` has other bounds", "breaking", "limit", {"maximum": 9}, {}),
        ("argument `limit` takes `string`", "breaking", "limit", {"type": "string"}, {}),
        ("", "internal", "limit", {"type": "integer"}, {}),
        ("", "internal", "limit", {"default": 9}, {}),
        ("", "internal", "limit", {}, {"required": True}),
        ("argument `filter`, when it is left out", "additive", "filter", {"default": "a"}, {}),
        ("argument `filter` must be given now", "breaking", "filter", {}, {"required": True}),
        ("XO must be given `ndjson` now, which", "breaking", "ndjson", {}, {"required": True}),
        ("", "internal", "ndjson", {"default": True}, {}),
    ],
)
def test_a_parameter_that_an_argument_of_ours_is_sent_as_is_compared(
    expected: str, level: str, name: str, schema: Json, keywords: Json
):
    def change(document: Json) -> None:
        parameter = next(entry for entry in listing(document)["parameters"] if entry["name"] == name)
        parameter["schema"].update(schema)
        parameter.update(keywords)

    found = listed(change)
    assert [entry.level for entry in found.changes] == [level]
    assert [entry.text[: len(expected)] for entry in found.changes] == [expected]
    assert bool(found.changes[0].text) == bool(expected)


def test_an_argument_that_names_another_kind_of_object_breaks():
    kinds = Conventions(argument_kinds={"host": "vms"})
    one = Side("old", start(), Overrides(Shared(conventions=kinds)))
    read = {
        "tags": ["vms"],
        "parameters": [{"in": "path", "name": "id", "required": True, "schema": TEXT}],
        "responses": {"200": json_body({"$ref": "#/components/schemas/VM"})},
    }
    one.document["paths"]["/vms/{id}"] = {"get": read}
    other = replace(one, overrides=Overrides())
    found = diff(one, other)
    assert [entry.text for entry in found.of("breaking")] == [
        "argument `host` is the id or name of one of nothing, instead of `vms`"
    ]


@pytest.mark.parametrize(
    ("permission", "level"), [("admin", "breaking"), ("none", "additive"), ("strange", "breaking")]
)
def test_what_a_method_asks_of_its_caller_is_compared(permission: str, level: str):
    facts = {"permission": "signed-in", "params": {"properties": {"id": TEXT}}}
    one, other = (methods_document({"vm.sing": {**facts, "permission": asked}}) for asked in ("signed-in", permission))
    found = diff(Side("old", one), Side("new", other))
    assert [(entry.kind, entry.level) for entry in found.changes] == [("permission", level)]

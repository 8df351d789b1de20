"""Documents of releases that XO has not made: one without a change, and one with every kind of change."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

from fake_xo.jsonrpc.facts import dialect, facts_beside, load_methods
from newest import NEWEST
from wordy import wordy

Json = dict[str, Any]
BAND = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "name_label": {"type": "string"}, "size": {"type": "number"}},
    "required": ["id", "name_label"],
}


def unchanged(facts: Json) -> Json:
    """The newest release once more, as XO would serve it."""
    return wordy(facts)


def changed(facts: Json) -> Json:
    """The newest release with every kind of change, a function each.

    Raises:
        KeyError: XO dropped what a change is about; the change needs another example.
    """
    document = unchanged(facts)
    document["info"]["version"] = "90.0.0"
    for change in CHANGES:
        change(document)
    return document


def changed_methods() -> Json:
    """What `system.getMethodsInfo` of that release answers: the newest methods we know with every kind of change.

    Raises:
        KeyError: XO dropped what a change is about; the change needs another example.
    """
    methods = {name: dialect(facts) for name, facts in load_methods(facts_beside(NEWEST.spec)).items()}
    for change in METHOD_CHANGES:
        change(methods)
    return methods


def _body(document: Json, key: str) -> Json:
    """The schema of an operation's JSON body, to be changed in place."""
    method, path = key.split(" ")
    content = document["paths"][path][method.lower()].setdefault("requestBody", {"content": {}})["content"]
    schema: Json = content.setdefault("application/json", {}).setdefault("schema", {"type": "object"})
    schema.setdefault("properties", {})
    return schema


def operations_new(document: Json) -> None:
    """An action, and a collection of a kind nobody knows."""
    paths = document["paths"]
    waltz = copy.deepcopy(paths["/vms/{id}/actions/pause"])
    waltz["post"]["operationId"] = "WaltzVm"
    paths["/vms/{id}/actions/waltz"] = waltz
    schema = _body(document, "POST /vms/{id}/actions/waltz")
    schema |= {"properties": {"tempo": {"type": "number"}}, "required": ["tempo"]}
    waltz["post"]["requestBody"]["required"] = True
    document["components"]["schemas"]["Band"] = BAND
    for path, answer in (("", {"type": "array", "items": _reference()}), ("/{id}", _reference())):
        operation = copy.deepcopy(paths[f"/proxies{path}"]["get"])
        operation |= {"operationId": f"Band{len(path)}", "tags": ["bands"]}
        operation["responses"]["200"]["content"]["application/json"]["schema"] = answer
        paths[f"/bands{path}"] = {"get": operation}


def _reference() -> Json:
    return {"$ref": "#/components/schemas/Band"}


def operation_gone(document: Json) -> None:
    """One disappears."""
    del document["paths"]["/vm-controllers/{id}/tasks"]


def operation_moved(document: Json) -> None:
    """One has another path."""
    paths = document["paths"]
    paths["/backup-repositories/{id}/actions/measure"] = paths.pop("/backup-repositories/{id}/actions/benchmark")


def operation_deprecated(document: Json) -> None:
    """One is to go."""
    document["paths"]["/vm-controllers/{id}/alarms"]["get"]["deprecated"] = True


def operation_retagged(document: Json) -> None:
    """One changes its toolset."""
    document["paths"]["/pgpus"]["get"]["tags"] = ["hosts"]


def argument_new(document: Json) -> None:
    """An operation takes more."""
    _body(document, "POST /vms/{id}/actions/pause")["properties"]["force"] = {"type": "boolean"}


def argument_gone(document: Json) -> None:
    """An operation takes less."""
    del _body(document, "POST /hosts/{id}/actions/smart_reboot")["properties"]["bypassCurrentVmCheck"]


def argument_renamed(document: Json) -> None:
    """An argument has another name."""
    properties = _body(document, "POST /hosts/{id}/actions/smart_reboot")["properties"]
    properties["ignoreBlockedSuspend"] = properties.pop("bypassBlockedSuspend")


def argument_retyped(document: Json) -> None:
    """An argument has another type."""
    _body(document, "POST /servers")["properties"]["label"] = {"type": "number"}


def argument_required(document: Json) -> None:
    """An argument that was optional must be given, and with it the body."""
    _body(document, "POST /hosts/{id}/actions/smart_reboot")["required"] = ["bypassVersionCheck"]
    document["paths"]["/hosts/{id}/actions/smart_reboot"]["post"]["requestBody"]["required"] = True


def enum_value_new(document: Json) -> None:
    """An argument may be one thing more."""
    _body(document, "POST /users")["properties"]["permission"]["enum"].append("auditor")


def format_new(document: Json) -> None:
    """A route that is split by format has one more."""
    parameters = document["paths"]["/vms/{id}.{format}"]["get"]["parameters"]
    next(entry for entry in parameters if entry["name"] == "format")["schema"]["enum"].append("vmdk")


def answer_becomes_a_task(document: Json) -> None:
    """What was done at once is an action now."""
    pause = document["paths"]["/vms/{id}/actions/pause"]["post"]["responses"]["202"]
    document["paths"]["/vm-controllers/{id}/tags/{tag}"]["delete"]["responses"] = {"202": copy.deepcopy(pause)}


def record_has_a_field_more(document: Json) -> None:
    """Objects of a kind have one property more."""
    schema = document["paths"]["/proxies/{id}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    for record in _objects(document, schema):
        record["properties"]["colour"] = {"type": "string"}


def record_has_a_field_less(document: Json) -> None:
    """Objects of a kind lose a property that a decision names."""
    schema = document["paths"]["/pgpus/{id}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    for record in _objects(document, schema):
        record["properties"].pop("isSystemDisplayDevice", None)
        record["required"] = [name for name in record.get("required", ()) if name != "isSystemDisplayDevice"]


def _objects(document: Json, schema: Json) -> Iterator[Json]:
    """The schemas with properties that a schema leads to."""
    if "$ref" in schema:
        yield from _objects(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for key in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(key, ()):
            yield from _objects(document, part)
    if "properties" in schema:
        yield schema


def plugin_route(document: Json) -> None:
    """A plugin that nobody knows shows itself."""
    answer = {"200": {"description": "x"}}
    document["paths"]["/plugins/coffee/pots"] = {"get": {"tags": ["external"], "responses": answer}}


CHANGES: tuple[Callable[[Json], None], ...] = (
    operations_new, operation_gone, operation_moved, operation_deprecated, operation_retagged, argument_new,
    argument_gone, argument_renamed, argument_retyped, argument_required, enum_value_new, format_new,
    answer_becomes_a_task, record_has_a_field_more, record_has_a_field_less, plugin_route,
)  # fmt: skip


def methods_new(methods: Json) -> None:
    """One that becomes a tool, and one that does not."""
    methods["vm.tango"] = {"params": {"vm": {"type": "string"}, "partners": {"type": "number"}}}
    methods["band.tune"] = {"params": {}, "permission": "admin"}


def methods_gone(methods: Json) -> None:
    """One that was a tool, and one that was none."""
    del methods["pool.getPatchesDifference"], methods["vm.getHaValues"]


def method_moved(methods: Json) -> None:
    """One has another name."""
    methods["vm.coalesceLeaves"] = methods.pop("vm.coalesceLeaf")


def method_argument_new(methods: Json) -> None:
    """A method takes more."""
    methods["host.setRemoteSyslogHost"]["params"]["port"] = {"type": "integer", "optional": True}


def method_argument_gone(methods: Json) -> None:
    """A method takes less."""
    del methods["vm.getSecurebootReadiness"]["params"]["forceRefresh"]


def method_argument_renamed(methods: Json) -> None:
    """A parameter has another name."""
    params = methods["host.getSmartctlInformation"]["params"]
    params["devices"] = params.pop("deviceNames")


def method_argument_retyped(methods: Json) -> None:
    """A parameter has another type."""
    methods["sr.probeIscsiLuns"]["params"]["port"]["type"] = "string"


def method_argument_required(methods: Json) -> None:
    """A parameter that was optional must be given."""
    del methods["pusb.set"]["params"]["enabled"]["optional"]


METHOD_CHANGES: tuple[Callable[[Json], None], ...] = (
    methods_new, methods_gone, method_moved, method_argument_new, method_argument_gone, method_argument_renamed,
    method_argument_retyped, method_argument_required,
)  # fmt: skip

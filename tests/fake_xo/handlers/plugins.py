"""Routes of XO's plugins: traffic rules, sensors, the audit log."""

import json

from starlette.responses import Response

from fake_xo.call import Call, Work, route, run_action
from fake_xo.errors import ApiError, no_such
from fake_xo.lists import selected
from fake_xo.rbac import found
from fake_xo.responses import json_response
from fake_xo.store import Record

RULES_KEY = "xo:sdn-controller:of-rules"
KEYS = ("direction", "ipRange", "protocol", "port")


def _target(call: Call) -> tuple[str, Record]:
    """The network or VIF as it is, which reads may not show yet."""
    collection = call.operation.known_as.split("/")[3]
    return collection, call.store.actual(collection, call.id) or found(call.store, collection, call.id)


def _rules(record: Record) -> list[Record]:
    return [json.loads(rule) for rule in json.loads(record["other_config"].get(RULES_KEY, "[]"))]


def _save(call: Call, collection: str, record: Record, rules: list[Record]) -> None:
    text = json.dumps([json.dumps(rule, sort_keys=True) for rule in rules])
    call.store.update(collection, record["id"], other_config=record["other_config"] | {RULES_KEY: text})


def _same(rule: Record, wanted: Record) -> bool:
    return all(rule.get(key) == wanted.get(key) for key in KEYS)


def _rule_route(name: str, work: Work) -> None:
    async def handler(call: Call) -> Response:
        _target(call)
        return await run_action(call, work)

    for collection in ("networks", "vifs"):
        route(f"POST /plugins/sdn-controller/{collection}/{{id}}/actions/{name}")(handler)


async def _add_rule(call: Call) -> None:
    collection, record = _target(call)
    if not call.xo.options.ovs_refuses:
        _save(call, collection, record, [*_rules(record), call.body])


async def _delete_rule(call: Call) -> None:
    collection, record = _target(call)
    _save(call, collection, record, [rule for rule in _rules(record) if not _same(rule, call.body)])


async def _update_rule(call: Call) -> None:
    collection, record = _target(call)
    old, new = call.body["oldRule"], call.body["newRule"]
    rules = _rules(record)
    if not any(_same(rule, old) for rule in rules):
        raise ApiError(500, "there is no such rule")
    _save(call, collection, record, [rule | new if _same(rule, old) else rule for rule in rules])


_rule_route("add_traffic_rule", _add_rule)
_rule_route("delete_traffic_rule", _delete_rule)
_rule_route("update_traffic_rule", _update_rule)


@route("GET /plugins/ipmi-sensors/hosts/{id}/ipmi")
async def ipmi(call: Call) -> Response:
    """Sensors of the first host; the second has no device."""
    host = found(call.store, "hosts", call.id)
    if host["id"] != call.store.every("hosts")[0]["id"]:
        raise ApiError(503, "no IPMI device on this host")
    sensors = [
        {"name": "Inlet Temp", "value": "22 degrees C", "event": "ok", "dataType": "inletTemp"},
        {"name": "Fan1 RPM", "value": "4200 RPM", "event": "ok", "dataType": "fanSpeed"},
        {"name": "Pwr Consumption", "value": "214 Watts", "event": "ok", "dataType": "totalPower"},
    ]
    device = {"ipmiDeviceAvailable": True, "productName": "Tern R2", "systemManufacturer": "Tern"}
    return json_response(device | {"sensors": sensors})


@route("GET /plugins/audit/records")
async def audit_records(call: Call) -> Response:
    """The audit log, newest first, from a record on."""
    _needs_admin(call)
    records = call.store.read_all("audit")
    if start := call.query.get("from"):
        ids = [record["id"] for record in records]
        if start not in ids:
            raise no_such("audit record", start)
        records = records[ids.index(start) :]
    return json_response(selected(records, call.query))


@route("GET /plugins/audit/records/{id}")
async def audit_record(call: Call) -> Response:
    """One record of the audit log."""
    _needs_admin(call)
    record = call.store.read("audit", call.id)
    if record is None:
        raise no_such("audit record", call.id)
    return json_response(record)


def _needs_admin(call: Call) -> None:
    if call.user["permission"] != "admin":
        raise ApiError(403, "not enough permissions", {"permission": "admin"})

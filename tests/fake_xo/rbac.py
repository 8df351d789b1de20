"""What a user may do: privileges of their roles, allowing or denying an action on objects."""

from typing import Any

from fake_xo.errors import ApiError, no_such
from fake_xo.filters import compile_filter
from fake_xo.spec import Operation
from fake_xo.store import Record, Store

COLLECTIONS = {
    "acl-privilege": "acl-privileges", "acl-role": "acl-roles", "alarm": "alarms", "backup-archive": "backup-archives",
    "backup-job": "backup-jobs", "backup-log": "backup-logs", "backup-repository": "backup-repositories",
    "group": "groups", "host": "hosts", "message": "messages", "network": "networks", "pbd": "pbds", "pci": "pcis",
    "pgpu": "pgpus", "pif": "pifs", "pool": "pools", "proxy": "proxies", "restore-log": "restore-logs",
    "schedule": "schedules", "server": "servers", "sm": "sms", "sr": "srs", "task": "tasks", "user": "users",
    "vbd": "vbds", "vdi": "vdis", "vdi-snapshot": "vdi-snapshots", "vif": "vifs", "vm": "vms",
    "vm-controller": "vm-controllers", "vm-snapshot": "vm-snapshots", "vm-template": "vm-templates",
}  # fmt: skip
RESOURCES = {collection: resource for resource, collection in COLLECTIONS.items()}
KINDS = {
    "vms": "VM", "vm-templates": "VM-template", "vm-snapshots": "VM-snapshot", "vm-controllers": "VM-controller",
    "vdis": "VDI", "vdi-snapshots": "VDI-snapshot", "vbds": "VBD", "vifs": "VIF", "srs": "SR", "pifs": "PIF",
    "pbds": "PBD", "pcis": "PCI", "pgpus": "PGPU", "sms": "SM",
}  # fmt: skip
"""How errors, tasks and events call a thing of a collection, where that is not the name of its resource."""


def kind_of(collection: str) -> str:
    """How XO calls one thing of a collection: `VM`, `host`."""
    return KINDS.get(collection) or RESOURCES.get(collection, "object")


class Rbac:
    """Decides from the roles in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def privileges(self, user: Record) -> list[Record]:
        """Every privilege of a user, through roles of their own and of their groups."""
        groups = set(user["groups"])
        ids = [
            privilege
            for role in self._store.every("acl-roles")
            if user["id"] in role.get("userIds", ()) or groups & set(role.get("groupIds", ()))
            for privilege in role["privilegeIds"]
        ]
        return [found for name in ids if (found := self._store.actual("acl-privileges", name)) is not None]

    def allows(self, user: Record, resource: str, action: str, obj: Record | None) -> bool:
        """Whether the user may do that to that object."""
        if user["permission"] == "admin":
            return True
        effects = [
            privilege["effect"]
            for privilege in self.privileges(user)
            if privilege["resource"] == resource and _covers(privilege["action"], action) and _selects(privilege, obj)
        ]
        return "allow" in effects and "deny" not in effects

    def readable(self, user: Record, collection: str, records: list[Record]) -> list[Record]:
        """Those the user may read."""
        if user["permission"] == "admin":
            return records
        resource = RESOURCES[collection]
        mine = [entry for entry in self.privileges(user) if entry["resource"] == resource]
        if not mine:
            return []
        return [record for record in records if self.allows(user, resource, "read", record)]

    def check(self, user: Record, needed: list[tuple[str, str, Record | None]]) -> None:
        """Refuse what the user may not do.

        Raises:
            ApiError: 403 with the missing privileges.
        """
        missing = [
            {"objectId": (obj or {}).get("id"), "action": action, "resource": resource}
            for resource, action, obj in needed
            if not self.allows(user, resource, action, obj)
        ]
        if missing:
            raise ApiError(403, "not enough privileges", {"missingPrivileges": missing})


def _covers(granted: str, action: str) -> bool:
    return granted in {"*", action} or action.startswith(granted + ":")


def _selects(privilege: Record, obj: Record | None) -> bool:
    selector = privilege.get("selector")
    return not selector or (obj is not None and compile_filter(selector)(obj))


def needed_privileges(
    operation: Operation, params: dict[str, str], body: Any, user: Record, store: Store
) -> list[tuple[str, str, Record | None]]:
    """The privileges a request needs, with the objects they are asked on.

    Objects are looked up for everyone, administrators too: an unknown id is 404 before anything is validated.

    Raises:
        ApiError: 404 for an id that nothing has.
    """
    collection = operation.collection
    sent = body if isinstance(body, dict) else {}
    result: list[tuple[str, str, Record | None]] = []
    for entry in operation.privileges:
        when = entry.get("when", {})
        argument = when.get("argument")
        if not _asked(when, sent, params, user):
            continue
        resource, action = entry["resource"], entry["action"]
        target = COLLECTIONS.get(resource, "")
        if target == collection and "{id}" in operation.known_as and not entry.get("on"):
            objects: list[Record | None] = [found(store, collection, params["id"])]
        else:
            objects = _referenced(store, target, entry, argument, sent)
        actions = [f"update:{name}" for name in sent] if action.endswith("<field>") else [action]
        result += [(resource, each, obj) for each in actions for obj in objects]
    return result


def _asked(when: dict[str, Any], sent: dict[str, Any], params: dict[str, str], user: Record) -> bool:
    if when.get("instead") or when.get("conditional"):
        return False
    if "self" in when and params.get("id") == user["id"]:
        return False
    if argument := when.get("argument"):
        value = sent.get(argument.split(".")[0])
        return value == when["value"] if "value" in when else value is not None
    return True


_TARGETS = {"host": ("hostId", "host"), "sr": ("srId",)}


def _referenced(
    store: Store, target: str, entry: dict[str, Any], argument: str | None, sent: dict[str, Any]
) -> list[Record | None]:
    """The object a body's argument points to."""
    if entry["resource"] == "vm-template":
        return [template(store, sent.get("template"))]
    names = (argument,) if argument else _TARGETS.get(entry["resource"], ())
    for name in names:
        value = sent.get(name)
        if isinstance(value, str) and target:
            return [found(store, target, value)]
    return [None]


def template(store: Store, uuid: Any) -> Record:
    """The template of that uuid, which the id of a default template, `<pool>-<uuid>`, is not.

    Raises:
        ApiError: 404, also when nothing was sent: XO does not validate this argument.
    """
    for record in store.read_all("vm-templates"):
        if record["uuid"] == uuid:
            return record
    raise no_such("object", uuid)


def found(store: Store, collection: str, object_id: str) -> Record:
    """The record of that id as reads show it.

    Raises:
        ApiError: 404.
    """
    record = store.read(collection, object_id)
    if record is None:
        raise no_such(kind_of(collection), object_id)
    return record

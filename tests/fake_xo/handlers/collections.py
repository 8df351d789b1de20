"""What most collections have: a list, one object, tags, and what belongs to an object."""

from starlette.responses import Response

from fake_xo.auth import public
from fake_xo.call import Call, Handler, no_content
from fake_xo.lists import send_list
from fake_xo.rbac import found
from fake_xo.responses import json_response
from fake_xo.store import Record


def shown(call: Call, collection: str, records: list[Record]) -> Response:
    """Answer those the user may read, as the query wants them."""
    readable = call.xo.rbac.readable(call.user, collection, records)
    return send_list(map(public, readable) if collection == "users" else readable, collection, call.query)


async def list_collection(call: Call) -> Response:
    """`GET /vms`."""
    return shown(call, call.collection, call.store.read_all(call.collection))


async def get_object(call: Call) -> Response:
    """`GET /vms/{id}`: the whole object, whatever `fields` says."""
    record = found(call.store, call.collection, call.id)
    return json_response(public(record) if call.collection == "users" else record)


async def delete_object(call: Call) -> Response:
    """`DELETE /x/{id}` where nothing else depends on it."""
    call.store.remove(call.collection, call.object()["id"])
    return no_content()


async def add_tag(call: Call) -> Response:
    """`PUT /vms/{id}/tags/{tag}`; a tag that is there stays."""
    record, tag = call.object(), call.params["tag"]
    call.store.update(call.collection, record["id"], tags=[each for each in record["tags"] if each != tag] + [tag])
    return no_content()


async def remove_tag(call: Call) -> Response:
    """`DELETE /vms/{id}/tags/{tag}`; a tag that is not there is no error."""
    record, tag = call.object(), call.params["tag"]
    call.store.update(call.collection, record["id"], tags=[each for each in record["tags"] if each != tag])
    return no_content()


async def object_messages(call: Call) -> Response:
    """Messages about the object; a pool's are about anything in it."""
    about = found(call.store, call.collection, call.id)
    records = call.store.read_all("messages")
    mine = records if call.collection == "pools" else [each for each in records if each["$object"] == about["id"]]
    return shown(call, "messages", mine)


async def object_alarms(call: Call) -> Response:
    """Alarms about the object; a pool's are about anything in it."""
    about = found(call.store, call.collection, call.id)
    records = call.store.read_all("alarms")
    if call.collection != "pools":
        records = [each for each in records if each["object"]["uuid"] == about.get("uuid")]
    return shown(call, "alarms", records)


async def object_tasks(call: Call) -> Response:
    """Tasks on the object."""
    about = found(call.store, call.collection, call.id)
    records = call.store.read_all("tasks")
    return shown(call, "tasks", [each for each in records if each["properties"].get("objectId") == about["id"]])


async def object_vdis(call: Call) -> Response:
    """Disks of a machine, of a snapshot the disks' snapshots; CD drives without a disc have none."""
    about = found(call.store, call.collection, call.id)
    links = [call.store.read("vbds", name) for name in about["$VBDs"]]
    wanted = [link["VDI"] for link in links if link is not None and "VDI" in link and not link["is_cd_drive"]]
    for collection in ("vdis", "vdi-snapshots"):
        records = [record for name in wanted if (record := call.store.read(collection, name)) is not None]
        if records:
            return shown(call, collection, records)
    return shown(call, "vdis", [])


async def users_of(call: Call) -> Response:
    """Users of a group or a role."""
    about = found(call.store, call.collection, call.id)
    names = about.get("users") or about.get("userIds") or []
    return shown(call, "users", _all(call, "users", names))


async def groups_of(call: Call) -> Response:
    """Groups of a user or a role."""
    about = found(call.store, call.collection, call.id)
    return shown(call, "groups", _all(call, "groups", about.get("groups") or about.get("groupIds") or []))


def _all(call: Call, collection: str, names: list[str]) -> list[Record]:
    return [record for name in names if (record := call.store.read(collection, name)) is not None]


GENERIC: tuple[tuple[str, Handler], ...] = (
    (r"GET /[a-z-]+", list_collection),
    (r"GET /[a-z-]+/\{id\}", get_object),
    (r"DELETE /[a-z-]+/\{id\}", delete_object),
    (r"PUT /[a-z-]+/\{id\}/tags/\{tag\}", add_tag),
    (r"DELETE /[a-z-]+/\{id\}/tags/\{tag\}", remove_tag),
    (r"GET /[a-z-]+/\{id\}/messages", object_messages),
    (r"GET /[a-z-]+/\{id\}/alarms", object_alarms),
    (r"GET /[a-z-]+/\{id\}/tasks", object_tasks),
    (r"GET /[a-z-]+/\{id\}/vdis", object_vdis),
    (r"GET /[a-z-]+/\{id\}/users", users_of),
    (r"GET /[a-z-]+/\{id\}/groups", groups_of),
)
"""Operation keys, as patterns, to the handler that serves them in any collection."""

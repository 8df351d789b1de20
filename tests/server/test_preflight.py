from typing import Any

import pytest
from small_xo import Asked, error, small_xo
from xo_mcp.api.preflight import hint_after, prepare
from xo_mcp.errors import ArgumentError
from xo_mcp.types import OMIT, Call

pytestmark = pytest.mark.anyio

POOL = "e0f60d14-8163-5026-9d5a-ca8e61a1a940"
UUID = "d1b79e1f-aa02-5ffa-9058-975c06a14bbe"
CREATE = "/pools/{id}/actions/create_vm"


async def test_a_default_template_is_sent_by_its_uuid() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /vm-templates/{id}", {"id": f"{POOL}-{UUID}", "uuid": "looked-up"})
        body = {"template": f"{POOL}-{UUID}", "name_label": "web"}
        ready = await prepare(client, Call("POST", CREATE, path={"id": POOL}, body=body))
    assert ready.body == {"template": "looked-up", "name_label": "web"}
    assert ready.path == {"id": POOL}
    assert xo.lines == [f"GET /vm-templates/{POOL}-{UUID}"]


async def test_the_uuid_is_read_off_the_id_where_templates_cannot_be_read() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /vm-templates/{id}", error(403, "not enough privileges"))
        ready = await prepare(client, Call("POST", CREATE, body={"template": f"{POOL}-{UUID}"}))
    assert ready.body == {"template": UUID}


async def test_a_default_template_that_does_not_exist_is_said() -> None:
    async with small_xo() as (_, client):
        with pytest.raises(ArgumentError, match=r"There is no template.*list_vm_templates"):
            await prepare(client, Call("POST", CREATE, body={"template": f"{POOL}-{UUID}"}))


@pytest.mark.parametrize("body", [{}, {"template": OMIT}, {"template": ""}, {"template": None}, {"template": " "}])
async def test_a_vm_without_a_template_is_refused(body: dict[str, Any]) -> None:
    async with small_xo() as (xo, client):
        with pytest.raises(ArgumentError, match=r"`template` is missing.*list_vm_templates"):
            await prepare(client, Call("POST", CREATE, body=body))
    assert xo.seen == []


async def test_an_ordinary_template_goes_out_as_it_is() -> None:
    async with small_xo() as (xo, client):
        ready = await prepare(client, Call("POST", CREATE, body={"template": UUID}))
    assert ready.body == {"template": UUID}
    assert xo.seen == []


async def test_an_attached_disk_is_not_deleted() -> None:
    def vbd(asked: Asked) -> dict[str, object]:
        return {"id": asked.params["id"], "VM": "vm-1", "attached": asked.params["id"] == "on"}

    async with small_xo() as (xo, client):
        xo.on("GET /vdis/{id}", {"id": "d", "$VBDs": ["off", "on", "never-asked"]})
        xo.on("GET /vbds/{id}", vbd)
        xo.on("GET /vms/{id}", {"id": "vm-1", "name_label": "web\u202e"})
        with pytest.raises(ArgumentError) as caught:
            await prepare(client, Call("DELETE", "/vdis/{id}", path={"id": "d"}))
    assert "attached to VM `web\\u202e` `vm-1`" in str(caught.value)
    assert "disconnect_vbd with id `on`" in str(caught.value)
    assert xo.lines == ["GET /vdis/d", "GET /vbds/off", "GET /vbds/on", "GET /vms/vm-1"]


@pytest.mark.parametrize("disk", [{"$VBDs": []}, {"$VBDs": ["off"]}, {}, {"$VBDs": "odd"}, ["odd"], error(404, "no")])
async def test_a_disk_in_no_use_is_deleted(disk: Any) -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /vdis/{id}", disk)
        xo.on("GET /vbds/{id}", {"id": "off", "attached": False})
        ready = await prepare(client, Call("DELETE", "/vdis/{id}", path={"id": "d"}))
    assert ready.path == {"id": "d"}


async def test_a_disk_whose_vm_was_just_started_is_looked_at_again() -> None:
    reads = iter([False, False, True])
    async with small_xo() as (xo, client):
        xo.on("GET /vdis/{id}", {"id": "d", "$VBDs": ["late"]})
        xo.on("GET /vbds/{id}", lambda _: {"id": "late", "VM": "vm-1", "attached": next(reads)})
        xo.on("GET /vms/{id}", {"id": "vm-1", "name_label": "web", "power_state": "Running"})
        with pytest.raises(ArgumentError, match="attached to VM `web`"):
            await prepare(client, Call("DELETE", "/vdis/{id}", path={"id": "d"}))


@pytest.mark.parametrize("kind", ["users", "groups"])
async def test_a_built_in_role_is_not_attached(kind: str) -> None:
    route = f"/acl-roles/{{id}}/{kind}/{{{kind[:-1]}Id}}"
    async with small_xo() as (xo, client):
        xo.on("GET /acl-roles/{id}", {"id": "r", "name": "Administrator", "isTemplate": True})
        with pytest.raises(ArgumentError, match=r"`Administrator` is built in.*copy_acl_role"):
            await prepare(client, Call("PUT", route, path={"id": "r", f"{kind[:-1]}Id": "u"}))
        xo.on("GET /acl-roles/{id}", {"id": "r", "name": "Mine"})
        await prepare(client, Call("PUT", route, path={"id": "r", f"{kind[:-1]}Id": "u"}))
        xo.on("GET /acl-roles/{id}", error(403, "no"))
        await prepare(client, Call("PUT", route, path={"id": "r", f"{kind[:-1]}Id": "u"}))


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ({}, "*"),
        ({"backup-repository": OMIT}, "*"),
        ({"backup-repository": []}, "*"),
        ({"backup-repository": ["r"]}, ["r"]),
    ],
)
async def test_archives_are_asked_of_every_repository_unless_one_is_named(query: dict[str, Any], sent: Any) -> None:
    async with small_xo() as (_, client):
        ready = await prepare(client, Call("GET", "/backup-archives", query={**query, "limit": 3}))
    assert ready.query == {"backup-repository": sent, "limit": 3}


async def test_other_operations_pass_unchanged() -> None:
    async with small_xo() as (xo, client):
        call = Call("DELETE", "/vms/{id}", path={"id": "a"}, body={"x": 1})
        assert await prepare(client, call) == call
    assert xo.seen == []


def test_an_abort_says_that_the_task_may_stay_pending() -> None:
    assert "abortionRequestedAt" in (hint_after(Call("POST", "/tasks/{id}/actions/abort")) or "")
    assert hint_after(Call("POST", "/vms/{id}/actions/start")) is None

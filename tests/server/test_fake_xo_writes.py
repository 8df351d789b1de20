"""The fake XO takes, delays and refuses writes like XO 6.7.1: one test per surprise."""

from collections.abc import Iterator

import httpx2
import pytest
from asking import error_of
from fake_xo import FakeXo, running_fake_xo
from newest import PINNED_SPEC

LATER = 3600.0
"""A lag that no test waits for."""


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(spec=PINNED_SPEC) as running:
        yield running


@pytest.fixture(scope="module")
def xo(fake: FakeXo) -> Iterator[httpx2.Client]:
    with fake.client() as client:
        yield client


def test_a_refused_body_has_an_object_for_an_error(xo: httpx2.Client, fake: FakeXo) -> None:
    answer = xo.patch(f"/vms/{fake.find('vms')['id']}", json={"name_label": "x", "nameDescription": 5})
    assert answer.status_code == 422
    assert set(error_of(answer)) == {"body.name_label", "body.nameDescription"}
    assert error_of(answer)["body.nameDescription"] == {"message": "invalid string value", "value": 5}


def test_a_refused_body_of_alternatives_has_its_issues_in_a_text(xo: httpx2.Client) -> None:
    answer = xo.post("/vdis", json={"name_label": "x"})
    assert answer.status_code == 422
    assert list(error_of(answer)) == ["body"]
    assert "Issues: [{" in error_of(answer)["body"]["message"]


def test_an_enum_error_does_not_name_the_values(xo: httpx2.Client, fake: FakeXo) -> None:
    answer = xo.patch(f"/vms/{fake.find('vms')['id']}", json={"vga": "ega"})
    assert answer.status_code == 422
    assert "cirrus" not in answer.text


def test_an_unknown_id_is_404_before_its_body_is_read(xo: httpx2.Client) -> None:
    assert xo.patch("/vms/nobody", json={"nonsense": 1}).status_code == 404
    assert xo.post("/vms/nobody/actions/migrate", json={}).status_code == 404


def test_malformed_json_is_500(xo: httpx2.Client, fake: FakeXo) -> None:
    headers = {"Content-Type": "application/json"}
    assert xo.patch(f"/vms/{fake.find('vms')['id']}", content=b"{", headers=headers).status_code == 500


def test_patch_without_a_body_is_204(xo: httpx2.Client, fake: FakeXo) -> None:
    assert xo.patch(f"/vms/{fake.find('vms')['id']}").status_code == 204


def test_a_xapi_error_is_500_with_the_code_in_the_text(xo: httpx2.Client, fake: FakeXo) -> None:
    running = fake.find("vms", power_state="Running")
    answer = xo.post(f"/vms/{running['id']}/actions/start?sync=true")
    assert answer.status_code == 500
    assert error_of(answer) == f"VM_BAD_POWER_STATE({running['_xapiRef']}, halted, running)"
    assert answer.json()["info"] == "This is a XenServer/XCP-ng error, not an XO error"


def test_conflicts(own: FakeXo) -> None:
    server = own.find("servers")
    with own.client() as xo:
        assert xo.post(f"/servers/{server['id']}/actions/connect?sync=true").status_code == 409
        body = {"host": server["host"], "username": "root", "password": "x"}
        assert xo.post("/servers", json=body).status_code == 409
        assert xo.post("/users", json={"name": "admin@example.org", "password": "x"}).status_code == 500
        elsewhere = xo.post("/servers", json=body | {"host": "192.0.2.99"}).json()["id"]
        answer = xo.post(f"/servers/{elsewhere}/actions/connect?sync=true")
    assert (answer.status_code, error_of(answer)) == (500, "connect ECONNREFUSED 192.0.2.99:443")


def test_reads_lag_behind_a_change(own: FakeXo) -> None:
    vm = own.find("vms")
    own.options.lag = LATER
    with own.client() as xo:
        assert xo.patch(f"/vms/{vm['id']}", json={"nameLabel": "new"}).status_code == 204
        assert xo.get(f"/vms/{vm['id']}").json()["name_label"] == vm["name_label"]
        own.call(own.xo.store.publish_all)
        assert xo.get(f"/vms/{vm['id']}").json()["name_label"] == "new"


def test_a_new_disk_is_404_at_first(own: FakeXo) -> None:
    own.options.lag = LATER
    with own.client() as xo:
        body = {"srId": own.find("srs")["id"], "virtual_size": 1 << 30, "name_label": "data"}
        answer = xo.post("/vdis", json=body)
        assert answer.status_code == 201
        disk = answer.json()["id"]
        assert xo.get(f"/vdis/{disk}").status_code == 404
        own.call(own.xo.store.publish_all)
        assert xo.get(f"/vdis/{disk}").json()["name_label"] == "data"


def test_the_lag_ends_by_itself(own: FakeXo) -> None:
    own.options.lag = 0.01
    vm = own.find("vms")["id"]
    with own.client() as xo:
        xo.patch(f"/vms/{vm}", json={"nameLabel": "new"})
        while xo.get(f"/vms/{vm}").json()["name_label"] != "new":
            pass


def test_vms_and_disks_are_renamed_by_different_names(own: FakeXo) -> None:
    vm, disk = own.find("vms"), own.find("vdis")
    with own.client() as xo:
        assert xo.patch(f"/vms/{vm['id']}", json={"name_label": "x"}).status_code == 422
        assert xo.patch(f"/vdis/{disk['id']}", json={"nameLabel": "x"}).status_code == 422
        assert xo.patch(f"/vdis/{disk['id']}", json={"name_label": "x", "size": disk["size"] * 2}).status_code == 204
        shown = xo.get(f"/vdis/{disk['id']}").json()
    assert (shown["name_label"], shown["size"]) == ("x", disk["size"] * 2)


def test_deleting_a_running_vm_deletes_its_disks(own: FakeXo) -> None:
    vm = own.find("vms", power_state="Running")
    link = own.record("vbds", vm["$VBDs"][0])
    assert link is not None
    with own.client() as xo:
        assert xo.delete(f"/vms/{vm['id']}").status_code == 204
        assert xo.get(f"/vms/{vm['id']}").status_code == 404
        assert xo.get(f"/vdis/{link['VDI']}").status_code == 404


def test_deleting_an_attached_disk_hangs(own: FakeXo) -> None:
    own.options.busy_vdi_seconds = LATER
    link = own.find("vbds", attached=True)
    with own.client(timeout=0.3) as xo, pytest.raises(httpx2.ReadTimeout):
        xo.delete(f"/vdis/{link['VDI']}")


def test_deleting_an_attached_disk_fails_in_the_end(own: FakeXo) -> None:
    link = own.find("vbds", attached=True)
    with own.client() as xo:
        answer = xo.delete(f"/vdis/{link['VDI']}")
    assert answer.status_code == 500
    assert error_of(answer).startswith("VDI_IN_USE(OpaqueRef:")


def test_create_vm_takes_the_uuid_of_a_default_template_not_its_id(own: FakeXo) -> None:
    template = own.find("vm-templates", isDefaultTemplate=True)
    assert template["id"] == f"{template['$pool']}-{template['uuid']}"
    url = f"/pools/{template['$pool']}/actions/create_vm?sync=true"
    with own.client() as xo:
        answer = xo.post(url, json={"name_label": "x", "template": template["id"]})
        assert (answer.status_code, error_of(answer)) == (404, f"no such object {template['id']}")
        answer = xo.post(url, json={"name_label": "x", "template": template["uuid"]})
        assert answer.status_code == 201
        assert xo.get(f"/vms/{answer.json()['id']}").json()["name_label"] == "x"


def test_create_vm_without_a_template_is_not_validated(own: FakeXo) -> None:
    with own.client() as xo:
        answer = xo.post(f"/pools/{own.find('pools')['id']}/actions/create_vm", json={})
    assert (answer.status_code, error_of(answer)) == (404, "no such object undefined")


def test_blocked_operations_read_back_as_text(own: FakeXo) -> None:
    vm = own.find("vms", power_state="Halted")
    url = f"/vms/{vm['id']}"
    with own.client() as xo:
        xo.patch(url, json={"blockedOperations": {"destroy": True, "start": "because"}})
        assert xo.get(url).json()["blockedOperations"] == {"destroy": "true", "start": "because"}
        answer = xo.delete(url)
        assert answer.status_code == 403
        assert error_of(answer).startswith("forbidden operation: destroy is blocked: ")
        xo.patch(url, json={"blockedOperations": {"destroy": False, "start": None}})
        assert xo.get(url).json()["blockedOperations"] == {}
        assert xo.delete(url).status_code == 204

"""Habits of XO that came to light late: what it refuses, ignores and keeps quiet about."""

import time
from typing import Any

import pytest
from fake_xo import FakeXo, running_fake_xo
from fake_xo.patterns import selects
from newest import PINNED_SPEC

YEAR = 365 * 86_400_000
VM: dict[str, Any] = {"id": "v", "tags": ["web", "prod"], "power_state": "Running", "$pool": "p"}


def test_a_token_of_a_year_is_refused() -> None:
    with running_fake_xo(spec=PINNED_SPEC, vms=1) as fake, fake.client() as xo:
        answer = xo.post("/users/me/authentication_tokens", json={"expiresIn": YEAR}, follow_redirects=True)
        assert answer.status_code == 500
        assert "too high expiresIn duration" in answer.text


def test_just_after_a_restart_nobody_is_known() -> None:
    with running_fake_xo(spec=PINNED_SPEC, vms=1, restart_seconds=0.3) as fake, fake.client() as xo:
        assert xo.get("/vms").status_code == 401
        fake.options.restart_seconds = 0
        assert xo.get("/vms").status_code == 200


def test_just_after_connecting_lists_are_empty() -> None:
    with running_fake_xo(spec=PINNED_SPEC, vms=1, pool="disconnected", connect_seconds=5) as fake, fake.client() as xo:
        server = fake.find("servers")
        fake.change("servers", server["id"], status="disconnected")
        assert xo.post(f"/servers/{server['id']}/actions/connect?sync=true").status_code == 204
        assert xo.get("/vms").json() == []
        assert [each["status"] for each in xo.get("/servers?fields=status").json()] == ["connected"]


def test_archives_of_a_disabled_repository_are_not_listed() -> None:
    with running_fake_xo(spec=PINNED_SPEC, vms=3) as fake, fake.client() as xo:
        repository = fake.find("backup-repositories")["id"]
        assert xo.get(f"/backup-archives?backup-repository={repository}").json()
        fake.change("backup-repositories", repository, enabled=False)
        assert xo.get(f"/backup-archives?backup-repository={repository}").json() == []


def test_a_refused_traffic_rule_is_a_success() -> None:
    with running_fake_xo(spec=PINNED_SPEC, vms=1, ovs_refuses=True, lag=0) as fake, fake.client() as xo:
        vif = fake.find("vifs")
        rule = {"allow": True, "direction": "nowhere", "ipRange": "no range", "protocol": "TCP", "port": 80}
        path = f"/plugins/sdn-controller/vifs/{vif['id']}/actions/add_traffic_rule?sync=true"
        assert xo.post(path, json=rule).status_code == 204
        assert (fake.record("vifs", vif["id"]) or {})["other_config"] == {}


def test_unknown_keys_of_a_disk_are_ignored() -> None:
    with running_fake_xo(spec=PINNED_SPEC, vms=1, lag=0) as fake, fake.client() as xo:
        pool, template = fake.find("pools"), fake.find("vm-templates", isDefaultTemplate=False)
        disk = {"name_label": "data", "size": 1 << 30, "srId": "elsewhere"}
        body: dict[str, Any] = {"name_label": "a", "template": template["uuid"], "vdis": [disk]}
        made = xo.post(f"/pools/{pool['id']}/actions/create_vm?sync=true", json=body)
        assert made.status_code == 201
        vm = fake.record("vms", made.json()["id"]) or {}
        assert vm["tags"] == template["tags"]
        links = [fake.record("vbds", name) or {} for name in vm["$VBDs"]]
        disks = [fake.record("vdis", link["VDI"]) or {} for link in links if link.get("VDI")]
        assert {disk["$SR"] for disk in disks} == {pool["default_SR"]}
        refused = xo.post(f"/pools/{pool['id']}/actions/create_vm?sync=true", json={**body, "tags": ["web"]})
        assert refused.status_code == 422


def test_a_halted_vm_on_local_storage_is_contained_in_its_host() -> None:
    with running_fake_xo(spec=PINNED_SPEC, vms=30) as fake:
        pool = fake.find("pools")["id"]
        halted = [vm["$container"] for vm in fake.xo.store.every("vms") if vm["power_state"] == "Halted"]
        assert pool in halted
        assert {name for name in halted if name != pool} == {fake.find("pools")["master"]}


def test_deleting_a_vm_takes_as_long_as_its_storage() -> None:
    fake: FakeXo
    with running_fake_xo(spec=PINNED_SPEC, vms=1, write_seconds=0.2) as fake, fake.client() as xo:
        began = time.monotonic()
        assert xo.delete(f"/vms/{fake.find('vms')['id']}").status_code == 204
        assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize(
    ("pattern", "chosen"),
    [
        ({"id": {"__or": ["v", "w"]}}, True),
        ({"id": {"__or": []}}, False),
        ({"tags": {"__or": [["web"], ["db"]]}}, True),
        ({"tags": ["web", "prod"]}, True),
        ({"tags": ["web", "db"]}, False),
        ({"tags": "web"}, False),
        ({"tags": {"__or": ["web"]}}, False),
        ({"tags": [["web"]]}, False),
        ({"tags": {"__and": [{"__or": [["web"]]}, {"__not": {"__or": [["prod"]]}}]}}, False),
        ({"power_state": "Running", "$pool": {"__or": ["p"]}}, True),
        ({"$pool": {"id": {"__or": ["p"]}}}, False),
        ({}, False),
    ],
)
def test_patterns_select_as_in_xo(pattern: dict[str, Any], chosen: bool) -> None:
    assert selects(pattern, VM) is chosen


def test_a_vm_marked_as_not_backed_up_is_left_out() -> None:
    assert not selects({"id": "v"}, {**VM, "tags": ["xo:no-bak"]})

"""Changes that XO calls a success although nothing changed, on both surfaces."""

from collections.abc import Iterator
from typing import Any

import pytest
from fake_xo import FakeXo, running_fake_xo
from surfaces import SURFACES, Surfaces, notes_of, surfaces

RULE = {"allow": True, "direction": "to", "ipRange": "192.0.2.0/24", "protocol": "TCP", "port": 80}
MATCHING = {name: value for name, value in RULE.items() if name != "allow"}


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(vms=4, task_seconds=0, ovs_refuses=True) as found:
        yield found


@pytest.fixture(scope="module")
def both(fake: FakeXo) -> Iterator[Surfaces]:
    with surfaces(fake) as found:
        yield found


def of(both: Surfaces, collection: str, **more: Any) -> dict[str, Any]:
    return {"id": both.fake.find(collection)["id"], **more}


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(
    ("call", "said"),
    [
        (("add_vif_traffic_rule", "vifs", RULE), "the traffic rules are as they were"),
        (("add_network_traffic_rule", "networks", RULE), "The rules of this network now: none."),
        (("delete_vif_traffic_rule", "vifs", MATCHING), "no rule is exactly this one"),
        (("delete_network_traffic_rule", "networks", MATCHING), "no rule is exactly this one"),
        (("remove_vm_tag", "vms", {"tag": "never-there"}), "`never-there` was not among its tags"),
    ],
)
def test_a_success_that_changed_nothing_is_reported(
    both: Surfaces, surface: str, call: tuple[str, str, dict[str, Any]], said: str
) -> None:
    tool, collection, given = call
    answer = both.answer(surface, tool, of(both, collection, **given))
    assert answer["status"] == "unchanged"
    assert said in notes_of(answer)


@pytest.mark.parametrize("surface", SURFACES)
def test_a_change_is_no_unchanged_success(both: Surfaces, surface: str) -> None:
    vm = of(both, "vms", tag=f"tag-{surface}")
    assert both.answer(surface, "add_vm_tag", vm)["status"] == "done"
    assert both.answer(surface, "add_vm_tag", vm)["status"] == "unchanged"
    removed = both.answer(surface, "remove_vm_tag", vm)
    assert removed["status"] == "done"
    assert notes_of(removed) == ""
    both.fake.xo.options.ovs_refuses = False
    try:
        vif = of(both, "vifs", **RULE)
        added = both.answer(surface, "add_vif_traffic_rule", vif)
        assert (added["status"], notes_of(added)) == ("success", "")
        del vif["allow"]
        other = both.answer(surface, "delete_vif_traffic_rule", {**vif, "port": 81})
        assert other["status"] == "unchanged"
        assert '"port": 80' in notes_of(other)
        assert both.answer(surface, "delete_vif_traffic_rule", vif)["status"] == "success"
    finally:
        both.fake.xo.options.ovs_refuses = True


def unchanged_calls(fake: FakeXo) -> dict[str, tuple[dict[str, Any], str]]:
    """Calls of JSON-RPC methods after which everything is as it was, and what is said."""
    vbd, pool = fake.find("vbds"), fake.find("pools")
    return {
        "set_vm_boot_order": ({"vm": fake.find("vms")["id"], "order": fake.find("vms")["boot"]["order"]}, "as it was"),
        "connect_pif": ({"id": fake.find("pifs", attached=True)["id"]}, "It was connected before"),
        "set_pool_default_sr": ({"sr": pool["default_SR"]}, "It was the default SR of its pool before"),
        "set_pool_master": ({"host": pool["master"]}, "was the master of its pool before"),
        "set_vbd_bootable": ({"vbd": vbd["id"], "bootable": vbd["bootable"]}, "Nothing changed: bootable was"),
        "plug_sr": ({"id": fake.find("srs", content_type="user")["id"]}, "that reads show were there before"),
    }


RPC = ("set_vm_boot_order", "connect_pif", "set_pool_default_sr", "set_pool_master", "set_vbd_bootable", "plug_sr")


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("tool", RPC)
def test_a_call_that_changed_nothing_is_reported(both: Surfaces, surface: str, tool: str) -> None:
    given, said = unchanged_calls(both.fake)[tool]
    answer = both.answer(surface, tool, given)
    assert answer["status"] == "unchanged"
    assert said in notes_of(answer)


@pytest.mark.parametrize("surface", SURFACES)
def test_a_call_that_changed_something_is_no_unchanged_success(both: Surfaces, surface: str) -> None:
    vm = {"vm": both.fake.find("vms")["id"]}
    order = both.fake.find("vms")["boot"]["order"]
    assert both.answer(surface, "set_vm_boot_order", {**vm, "order": order[::-1]})["status"] == "done"
    assert both.answer(surface, "set_vm_boot_order", {**vm, "order": order})["status"] == "done"


@pytest.mark.parametrize("surface", SURFACES)
def test_a_log_in_which_nothing_was_deleted_is_reported(both: Surfaces, surface: str) -> None:
    both.call(surface, "start_vm", of(both, "vms"))
    assert both.answer(surface, "list_tasks", {})["items"]
    emptied = both.answer(surface, "delete_tasks", {})
    assert (emptied["status"], notes_of(emptied)) == ("done", "")
    again = both.answer(surface, "delete_tasks", {})
    assert again["status"] == "unchanged"
    assert "No task was deleted" in notes_of(again)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("tool", ["set_vm_boot_order", "set_pool_default_sr"])
def test_reads_that_lag_are_no_unchanged_success(both: Surfaces, surface: str, tool: str) -> None:
    both.fake.xo.options.lag = 5
    try:
        default = both.fake.find("pools")["default_SR"]
        other = next(sr for sr in both.fake.xo.store.every("srs") if sr["id"] != default and sr["SR_type"] != "iso")
        vm = both.fake.find("vms")
        order = "dcn" if vm["boot"]["order"] != "dcn" else "ndc"
        given = {"vm": vm["id"], "order": order} if tool == "set_vm_boot_order" else {"sr": other["id"]}
        answer = both.answer(surface, tool, given)
    finally:
        both.fake.xo.options.lag = 0.15
        both.fake.call(both.fake.xo.store.publish_all)
    assert answer["status"] == "done"
    assert "reads do not show" in notes_of(answer)

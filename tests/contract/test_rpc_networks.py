"""Tools of interfaces and networks over JSON-RPC: what is left out stays, and what can't work is never sent."""

from typing import Any

import pytest
from desk import Desk, Person, variables
from fake_xo import FakeXo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rpc_desk import called, done, refused
from xo_mcp.builders.pif_address import ADDRESS, merged
from xo_mcp.errors import ArgumentError

METHOD = "pif.reconfigureIp"
STATIC = {
    "mode": "Static",
    "ip": "192.0.2.10",
    "netmask": "255.255.255.0",
    "gateway": "192.0.2.1",
    "dns": "192.0.2.53",
}


def static(fake: FakeXo) -> str:
    """A PIF with an address."""
    record = fake.xo.store.every("pifs")[-1] | STATIC | {"ipv6": ["2001:db8::1/64"]}
    fake.call(fake.xo.store.seed, "pifs", [record])
    return str(record["id"])


@pytest.mark.parametrize(
    ("change", "after"),
    [
        ({"dns": "192.0.2.54"}, {"dns": "192.0.2.54"}),
        ({"ip": "192.0.2.11"}, {"ip": "192.0.2.11"}),
        ({"gateway": ""}, {"gateway": ""}),
        ({"mode": "DHCP"}, {"mode": "DHCP"}),
        ({"mode": "None"}, {"mode": "None", "ip": "", "netmask": "", "gateway": "", "dns": ""}),
        ({"ipv6": "2001:db8::2/64"}, {"ipv6": ["2001:db8::2/64"]}),
    ],
)
def test_what_is_left_out_stays(fake: FakeXo, desk: Desk, change: dict[str, Any], after: dict[str, Any]) -> None:
    pif = static(fake)
    done(desk.call("reconfigure_pif_ip", id=pif, **change))
    found = fake.record("pifs", pif) or {}
    assert {name: found[name] for name in (*STATIC, "ipv6")} == {**STATIC, "ipv6": ["2001:db8::1/64"], **after}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, "no property"),
        ({"mode": "Nonsense"}, "mode"),
        ({"ip": "192.0.2"}, "can't be read"),
        ({"netmask": "255.0.255.0"}, "can't be read"),
        ({"gateway": "198.51.100.1"}, "not in the network"),
        ({"dns": "192.0.2.53;1"}, "`dns`"),
        ({"mode": "DHCP", "ip": "192.0.2.11"}, "ignored"),
        ({"ipv6": "nope"}, "`ipv6`"),
    ],
)
def test_what_would_cut_a_host_off_is_never_sent(fake: FakeXo, desk: Desk, change: dict[str, Any], says: str) -> None:
    assert says in refused(desk.call("reconfigure_pif_ip", id=static(fake), **change))
    assert called(fake, METHOD) == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    given=st.dictionaries(
        st.sampled_from([*ADDRESS, "mode", "ipv6"]), st.text(max_size=20) | st.sampled_from(["None"])
    ),
    before=st.dictionaries(st.sampled_from([*ADDRESS, "mode"]), st.text(max_size=20)),
)
def test_any_text_is_refused_or_sent_whole(given: dict[str, Any], before: dict[str, Any]) -> None:
    try:
        sent = merged({"id": "x", **given}, before)
    except ArgumentError:
        return
    assert sent.keys() >= {"id", "mode", "ipv6", *ADDRESS}


def test_the_management_interface_is_named_in_the_question(fake: FakeXo) -> None:
    management = fake.find("pifs", management=True)["id"]
    person = Person(action="decline")
    with Desk(variables(fake, XO_MCP_CONFIRM="destructive"), person=person) as desk:
        refused(desk.call("reconfigure_pif_ip", id=management, mode="DHCP"))
    assert "management interface" in person.asked[0]


def test_a_new_mac_makes_a_new_interface_whose_id_is_answered(fake: FakeXo, desk: Desk) -> None:
    vif, network = fake.find("vifs")["id"], fake.xo.store.every("networks")[-1]["id"]
    assert "give" in refused(desk.call("move_vif", id=vif))
    assert done(desk.call("move_vif", id=vif, network=network))["id"] == vif
    assert done(desk.call("get_vif", id=vif))["$network"] == network
    made = done(desk.call("move_vif", id=vif, mac="02:00:00:00:00:01"))
    assert made["id"] != vif
    assert fake.record("vifs", vif) is None
    assert done(desk.call("get_vif", id=made["id"]))["MAC"] == "02:00:00:00:00:01"


def test_interfaces_go_down_and_up(fake: FakeXo, desk: Desk) -> None:
    pif = fake.find("pifs", management=False)["id"]
    done(desk.call("disconnect_pif", id=pif))
    assert not (fake.record("pifs", pif) or {})["attached"]
    done(desk.call("connect_pif", id=pif))
    assert (fake.record("pifs", pif) or {})["attached"]
    done(desk.call("forget_pif", id=pif))
    assert desk.call("get_pif", id=pif).is_error

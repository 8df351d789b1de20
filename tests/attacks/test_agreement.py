"""What a person agrees to is what is done: all of it is shown, and it is still so when it is done."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import ENTRIES, EVERYTHING, Desk, Person, text_of
from fake_xo.server import FakeXo, running_fake_xo
from hypothesis import given
from hypothesis import strategies as st
from mcp.types import ElicitRequestParams, ElicitResult
from xo_mcp.errors import ArgumentError
from xo_mcp.safety.nonces import KEPT, LocalNonces, SharedNonces
from xo_mcp.safety.tokens import LIFETIME, Tokens
from xo_mcp.server.leaves import LONG, written

ERAS = ("legacy", "auto")


@pytest.fixture
def xo() -> Iterator[FakeXo]:
    with running_fake_xo(vms=6, lag=0) as running:
        yield running


def desk_of(xo: FakeXo, **more: Any) -> Desk:
    settings = {"XO_URL": xo.url, "XO_TOKEN": xo.admin_token, **EVERYTHING, "XO_MCP_CONFIRM": "all"}
    return Desk(settings, **more)


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part)
    else:
        yield value


WORDS = st.text("abcdefgh-_.", min_size=1, max_size=LONG)
TREES = st.recursive(
    WORDS | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
)


@given(TREES)
def test_every_leaf_is_written(value: Any):
    text = written(value)
    for leaf in leaves(value):
        shown = {True: "true", False: "false", None: "null"}.get(leaf) if not isinstance(leaf, int) else None
        assert (shown or str(leaf).lower() if isinstance(leaf, bool) else shown or str(leaf)) in text


@given(st.text(min_size=LONG + 1, max_size=2_000), st.integers(0, 10_000))
def test_two_long_texts_never_look_alike(text: str, place: int):
    at = place % len(text)
    other = text[:at] + ("a" if text[at] != "a" else "b") + text[at + 1 :]
    assert written(text) != written(other)
    assert f"{len(text):,} characters" in written(text)


@given(st.text(max_size=LONG))
def test_no_text_makes_a_line_of_its_own(text: str):
    assert len(written(text).splitlines()) == 1


def test_what_follows_a_long_harmless_beginning_is_shown(xo: FakeXo):
    pool, template = xo.find("pools")["id"], xo.find("vm-templates")["id"]
    person = Person("decline")
    with desk_of(xo, person=person) as desk:
        description = "a harmless text " * 50 + "and the end nobody expected"
        vdis = [{"name_label": f"disk {number}", "size": 1 << 30} for number in range(12)]
        disks = [*vdis, {"name_label": "last", "size": 4 << 40}]
        desk.call("create_vm", id=pool, template=template, name_label="x", name_description=description, vdis=disks)
    (asked,) = person.asked
    assert "and the end nobody expected" in asked
    assert f"{len(description):,} characters, SHA-256 " in asked
    assert str(4 << 40) in asked
    assert all(f"disk {number}" in asked for number in range(12))


def test_what_can_not_be_shown_whole_is_not_asked(xo: FakeXo):
    pool, template = xo.find("pools")["id"], xo.find("vm-templates")["id"]
    person = Person()
    disks = [{"name_label": "d" * 100, "size": 1 << 30}] * 100
    with desk_of(xo, person=person) as desk:
        answer = desk.call("create_vm", id=pool, template=template, name_label="x", vdis=disks)
    assert answer.is_error
    assert "more than can be shown" in text_of(answer)
    assert person.asked == []
    assert all(seen.method == "GET" for seen in xo.requests)


def rename_and_start(xo: FakeXo, vm: str) -> None:
    xo.xo.store.update("vms", vm, name_label="production-db", power_state="Running")


def wrote(xo: FakeXo) -> bool:
    return any(seen.method != "GET" for seen in xo.requests)


@pytest.mark.parametrize("era", ERAS)
def test_a_token_does_not_hold_for_another_state(xo: FakeXo, era: str):
    vm = xo.find("vms", power_state="Halted")
    with desk_of(xo, era=era) as desk:
        first = desk.call("delete_vm", id=vm["id"]).structured_content
        rename_and_start(xo, vm["id"])
        second = desk.call("delete_vm", id=vm["id"], confirm_token=first["confirm_token"])
        assert not wrote(xo)
        reported = text_of(second)
        assert "changed since" in reported
        assert vm["name_label"] in reported
        assert "production-db" in reported
        assert "Running" in reported
        # The old one is used up, though the machine may be as it was again; the new one is for what is now.
        again = desk.call("delete_vm", id=vm["id"], confirm_token=first["confirm_token"])
        assert "used before" in text_of(again)
        done = desk.call("delete_vm", id=vm["id"], confirm_token=second.structured_content["confirm_token"])
        assert not done.is_error, text_of(done)
    assert wrote(xo)


class Meddling(Person):
    """Somebody changes the object while the person reads."""

    def __init__(self, change: Any, times: int) -> None:
        super().__init__()
        self._change, self._times = change, times

    async def __call__(self, context: Any, params: ElicitRequestParams) -> ElicitResult:
        if len(self.asked) < self._times:
            self._change(len(self.asked))
        return await super().__call__(context, params)


@pytest.mark.parametrize("era", ERAS)
def test_a_form_is_shown_anew_when_the_object_changed_meanwhile(xo: FakeXo, era: str):
    vm = xo.find("vms", power_state="Halted")
    person = Meddling(lambda _: rename_and_start(xo, vm["id"]), 1)
    with desk_of(xo, era=era, person=person) as desk:
        answer = desk.call("add_vm_tag", id=vm["id"], tag="x")
        assert not answer.is_error, text_of(answer)
    first, second = person.asked
    assert vm["name_label"] in first
    assert "changed since" in second
    assert "production-db" in second


def test_an_object_that_never_rests_is_left_alone(xo: FakeXo):
    vm = xo.find("vms")["id"]
    person = Meddling(lambda number: xo.xo.store.update("vms", vm, name_label=f"name {number}"), 99)
    with desk_of(xo, era="legacy", person=person) as desk:
        answer = desk.call("add_vm_tag", id=vm, tag="x")
    assert answer.is_error
    assert "Nothing was done" in text_of(answer)
    assert len(person.asked) == 3
    assert not wrote(xo)


class Clock:
    """Both clocks of a machine; the wall clock may be set."""

    def __init__(self) -> None:
        self.wall = time.time()
        self.passed = 0.0

    def __call__(self) -> float:
        return self.wall


def test_a_clock_that_is_set_back_brings_no_token_to_life(monkeypatch: pytest.MonkeyPatch):
    clock = Clock()
    monkeypatch.setattr("xo_mcp.safety.tokens.time.monotonic", lambda: clock.passed)
    tokens = Tokens(nonces=LocalNonces(lambda: clock.passed), clock=clock)
    token = tokens.mint("delete_vm", {}, None)
    tokens.redeem(token, "delete_vm", {}, None)
    clock.passed += KEPT + 1
    clock.wall += KEPT + 1
    tokens.redeem(tokens.mint("delete_vm", {}, None), "delete_vm", {}, None)  # forgets the first
    clock.wall -= KEPT + 1
    with pytest.raises(ArgumentError, match="expired"):
        tokens.redeem(token, "delete_vm", {}, None)


def test_not_even_after_a_restart_where_workers_share_a_key(tmp_path: Path):
    clock = Clock()
    tokens = Tokens(b"k" * 32, SharedNonces(tmp_path / "used", clock), clock)
    token = tokens.mint("delete_vm", {}, None)
    tokens.redeem(token, "delete_vm", {}, None)
    later = clock.wall + KEPT + LIFETIME
    os.utime(tmp_path / "used", (later, later))  # swept then
    for marker in (tmp_path / "used").iterdir():
        marker.unlink()
    os.utime(tmp_path / "used", (later, later))
    restarted = Tokens(b"k" * 32, SharedNonces(tmp_path / "used", clock), clock)
    os.utime(tmp_path / "used", (later, later))
    with pytest.raises(ArgumentError, match="expired"):
        restarted.redeem(token, "delete_vm", {}, None)


TAKING_OVER = {
    "create_user": {"name": "mallory", "password": "x" * 12, "permission": "admin"},
    "update_user": {"id": "x", "password": "y" * 12},
    "create_auth_token": {"id": "me"},
    "attach_acl_role_to_user": {"id": "x", "userId": "y"},
    "attach_acl_role_to_group": {"id": "x", "groupId": "y"},
    "create_acl_privilege": {},
    "update_acl_privilege": {},
    "add_user_to_group": {},
    "remove_user_from_group": {},
    "detach_acl_role_from_user": {},
    "detach_acl_role_from_group": {},
}
"""Each of these can make somebody more powerful: by a right, a password, or by taking a denial away."""
CUTTING = ("clean_shutdown_vm", "clean_reboot_vm", "suspend_vm", "pause_vm", "disconnect_vif", "disconnect_vbd")
"""Each of these ends what a running machine does for others."""


@pytest.mark.parametrize("name", [*TAKING_OVER, *CUTTING])
def test_taking_over_xo_and_cutting_a_service_ask_by_default_and_can_be_kept_out(xo: FakeXo, name: str):
    settings = {"XO_URL": xo.url, "XO_TOKEN": xo.admin_token, **EVERYTHING, "XO_MCP_CONFIRM": "destructive"}
    with Desk(settings) as desk:
        shown = next(tool for tool in desk.tools() if tool.name == name)
    assert "confirm_token" in shown.input_schema["properties"]
    assert shown.annotations is not None
    assert shown.annotations.destructive_hint
    with Desk({**settings, "XO_MCP_DISABLE_DESTRUCTIVE": "1"}) as desk:
        assert name not in desk.names()
    assert ENTRIES[name].facts.warning


def test_a_new_administrator_is_asked_for(xo: FakeXo):
    settings = {"XO_URL": xo.url, "XO_TOKEN": xo.admin_token, **EVERYTHING, "XO_MCP_CONFIRM": "destructive"}
    person = Person("decline")
    with Desk(settings, person=person) as desk:
        desk.call("create_user", TAKING_OVER["create_user"])
    (asked,) = person.asked
    assert 'permission "admin"' in asked
    assert "x" * 12 not in asked
    assert not wrote(xo)

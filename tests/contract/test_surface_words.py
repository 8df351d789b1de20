"""What is said where no tool, no person or no credential answers as expected, on both surfaces."""

from collections.abc import Iterator
from typing import Any

import pytest
from desk import ENTRIES, Desk, text_of, variables
from fake_xo import running_fake_xo
from mcp.shared.exceptions import MCPError
from mcp.types import ElicitRequestParams, ElicitResult
from surfaces import SURFACES, Surfaces, surfaces
from xo_mcp.api.access import check_access
from xo_mcp.config.config import resolve
from xo_mcp.errors import ConfigError
from xo_mcp.search.opposites import are_opposite


@pytest.fixture(scope="module")
def both() -> Iterator[Surfaces]:
    with running_fake_xo(vms=6, lag=0, task_seconds=0) as fake, surfaces(fake) as found:
        yield found


def unknown(both: Surfaces, surface: str, name: str) -> str:
    if surface == "full":
        with pytest.raises(MCPError) as caught:
            both.desks[surface].call(name, {})
        return str(caught.value)
    return text_of(both.desks[surface].call("call_tool_read", {"name": name}))


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(
    ("wanted", "named", "never"),
    [
        ("stop_vm", "shutdown_vm", "start_vm"),
        ("power_off_vm", "", "start_vm"),
        ("remove_vm", "delete_vm", "create_vm"),
        ("detach_vdi", "", "attach"),
        ("list_vm", "list_vms", "delete_vm"),
        ("lst_hosts", "list_hosts", ""),
        ("reboot_vm", "reboot_vm", "pause_vm"),
        ("power off vm", "shutdown_vm", "suspend_vm"),
        ("poweron_vm", "start_vm", "suspend_vm"),
        ("take_snapshot", "snapshot_vm", "get_vm_snapshot"),
        ("get_vms", "list_vms", "get_sr"),
        ("vm_list", "list_vms", "delete_vm"),
        ("halt_vm", "shutdown_vm", "list_vms"),
        ("detach_disk", "delete_vbd", "delete_vdi"),
        ("enable_host_maintenance", "enable_sr_maintenance", "enable_host"),
        ("put_host_in_maintenance", "disable_host", "enable_host"),
    ],
)
def test_suggestions_know_synonyms_and_no_opposites(
    both: Surfaces, surface: str, wanted: str, named: str, never: str
) -> None:
    said = unknown(both, surface, wanted)
    assert named in said.partition("did you mean")[2]
    assert not never or never not in said.partition("did you mean")[2]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(
    ("switch", "wanted", "says"),
    [
        ("XO_MCP_ALLOW_DENIED", "reboot_host", ("clean_reboot_host, which is not offered", "--allow-denied")),
        ("XO_MCP_ALLOW_DENIED", "detach_a_host", ("detach_host, which is not offered", "--allow-denied")),
        ("XO_MCP_ENABLE_ACTIONS", "stop_vm", ("shutdown_vm, which is not offered", "--enable-actions")),
        ("XO_MCP_ENABLE_ACTIONS", "list_vm", ("did you mean list_vms",)),
    ],
)
def test_a_name_of_what_is_held_back_names_the_tool_and_its_switch(
    both: Surfaces, surface: str, switch: str, wanted: str, says: tuple[str, ...]
) -> None:
    with Desk(variables(both.fake, XO_MCP_SURFACE=surface, **{switch: "0"})) as desk:
        said = unknown(Surfaces(both.fake, {surface: desk}), surface, wanted)
    assert all(each in said for each in says)
    assert "did you mean start" not in said


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("name", ["no_such_tool", "nothing_of_the_kind", "order_a_pizza"])
def test_a_name_that_resembles_nothing_names_no_tool_that_is_held_back(both: Surfaces, surface: str, name: str) -> None:
    with Desk(variables(both.fake, XO_MCP_SURFACE=surface, XO_MCP_TOOLSETS="default", XO_MCP_ALLOW_DENIED="0")) as desk:
        said = unknown(Surfaces(both.fake, {surface: desk}), surface, name)
    assert "is not offered" not in said


def test_opposites_hold_both_ways_and_not_between_likes() -> None:
    assert are_opposite("stop", "start")
    assert not are_opposite("start", "hard")
    assert are_opposite("remove", "create")
    assert are_opposite("create", "delete")
    assert not are_opposite("remove", "delete")
    assert not are_opposite("list", "get")


def test_a_tool_that_is_held_back_is_named_with_its_switch() -> None:
    with running_fake_xo(vms=2) as fake:
        settings = variables(fake, XO_MCP_SURFACE="search", XO_MCP_ALLOW_DENIED="0")
        with Desk(settings) as desk:
            said = text_of(desk.call("search_tools", query="reboot host"))
        assert "is not offered" in said
        assert "--allow-denied" in said


WISHES = [
    ("live migrate from VMware", "vm.importFromEsxi", "Import > From VMware"),
    ("import_from_vmware", "vm.importFromEsxi", "Import > From VMware"),
    ("deploy a backup proxy", "proxy.deploy", "the Proxies page"),
    ("run a command in the guest", "", "Console tab"),
    ("upgrade xoa itself", "", "XOA > Updates"),
    ("import an OVA file", "", "Import > VM"),
]


@pytest.mark.parametrize(("wish", "method", "where"), WISHES)
def test_a_wish_that_no_tool_serves_is_reported_with_who_does(
    both: Surfaces, wish: str, method: str, where: str
) -> None:
    is_served = any(entry.facts.operation == f"CALL {method}" for entry in ENTRIES.values())
    result = both.desks["search"].call("search_tools", query=wish)
    found = result.structured_content or {}
    reported = "No tool here does this" in text_of(result) and where in text_of(result)
    assert reported is not is_served
    assert bool(found["tools"]) is is_served
    if not is_served and "_" in wish:
        assert where in unknown(both, "full", wish)
        assert where in unknown(both, "search", wish)


def test_words_that_no_tool_has_are_told(both: Surfaces) -> None:
    for query, reported in (("change the theme", "`theme`"), ("list vms of finance", ""), ("rename host", "")):
        said = text_of(both.desks["search"].call("search_tools", query=query))
        assert (f"No tool's words have {reported}" in said) is bool(reported)


@pytest.mark.parametrize(
    "query", ["which esxi host has most memory", "who can log into xo", "migrate vm to another host"]
)
def test_other_wishes_find_tools(both: Surfaces, query: str) -> None:
    found = both.desks["search"].call("search_tools", query=query).structured_content or {}
    assert found["tools"]


def test_long_schemas_are_described_in_part(both: Surfaces) -> None:
    desk = both.desks["search"]
    whole = text_of(desk.call("describe_tools", names=["update_vm"]))
    part = desk.call("describe_tools", {"names": ["update_vm"], "arguments": ["memory"]})
    shown = (part.structured_content or {})["tools"][0]
    assert list(shown["inputSchema"]["properties"]) == ["memory"]
    assert "cpus" in shown["other_arguments"]
    assert len(text_of(part)) < len(whole) / 2
    wrong = desk.call("describe_tools", {"names": ["update_vm"], "arguments": ["memroy"]})
    assert "did you mean memory" in text_of(wrong)


@pytest.mark.parametrize("surface", SURFACES)
def test_a_needed_confirmation_is_no_error(surface: str) -> None:
    with running_fake_xo(vms=2) as fake, surfaces(fake, XO_MCP_CONFIRM="destructive") as found:
        result = found.call(surface, "delete_vm", {"id": fake.find("vms")["id"]})
        assert not result.is_error
        assert (result.structured_content or {})["status"] == "confirmation_needed"
        assert "Nothing was done yet" in text_of(result)
        assert fake.find("vms")


@pytest.mark.parametrize("era", ["legacy", "auto"])
def test_a_form_accepted_without_an_answer_is_reported_and_has_a_way_out(era: str) -> None:
    async def auto_accept(_: Any, __: ElicitRequestParams) -> ElicitResult:
        return ElicitResult(action="accept", content={})

    with running_fake_xo(vms=2, lag=0) as fake:
        vm = fake.find("vms", power_state="Running")["id"]
        with Desk(variables(fake, XO_MCP_CONFIRM="destructive"), era=era, person=auto_accept) as desk:
            asked = desk.call("delete_vm", id=vm)
            assert "without an answer in it" in text_of(asked)
            assert fake.record("vms", vm)
            token = (asked.structured_content or {})["confirm_token"]
            done = desk.call("delete_vm", id=vm, confirm_token=token)
            assert not done.is_error, text_of(done)
        assert fake.record("vms", vm) is None


@pytest.mark.parametrize(
    "token",
    ["${XO_TOKEN}", "${input:xo_token}", "authenticationToken=...", "<your token>", "$XO_TOKEN", "your-xo-token-here"],
)
def test_placeholders_are_reported_as_such(token: str) -> None:
    with pytest.raises(ConfigError, match="did not fill in"):
        check_access(resolve({}, {"XO_URL": "https://xo.example.org", "XO_TOKEN": token}))


@pytest.mark.parametrize("url", ["${XO_URL}", "https://${XO_HOST}/rest/v0", "${input:url}"])
def test_placeholders_in_an_address_are_reported_as_such(url: str) -> None:
    with pytest.raises(ConfigError, match="XO_URL is still a placeholder: your client did not fill in"):
        resolve({}, {"XO_URL": url, "XO_TOKEN": "a"})


def test_a_whole_cookie_is_taken_for_its_value() -> None:
    with running_fake_xo(vms=2) as fake:
        settings = variables(fake, XO_TOKEN=f"authenticationToken={fake.admin_token}")
        with Desk(settings) as desk:
            assert not desk.call("list_vms").is_error


def test_a_right_token_is_tried_once_more_after_a_restart() -> None:
    with running_fake_xo(vms=2) as fake, Desk(variables(fake)) as desk:
        desk.look()
        fake.fault("GET /vms", "status-401", times=1)
        answer = desk.call("list_vms")
        assert not answer.is_error, text_of(answer)
        fake.fault("GET /vms", "status-401", times=2)
        assert "mistyped, expired or revoked" in text_of(desk.call("list_vms"))

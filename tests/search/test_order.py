"""The ranking on a few small tools, one reason for an order at a time."""

from typing import Any

import pytest
from xo_mcp.definitions import Entry, Facts
from xo_mcp.search.ranking import Ranking
from xo_mcp.search.wording import DEEDS, KEPT, NAMED, OBJECTS, STOP, WORD, acts, asks, meanings, plain, stem, words


def tool(name: str, description: str = "", *, effect: str = "", synonyms: str = "", **facts: Any) -> Entry:
    """A tool; it reads when it is a list or a get. Synonyms with commas between them."""
    looks = name.startswith(("list_", "get_"))
    made = Facts(
        effect=effect or ("read" if looks else "write"),  # type: ignore[arg-type]
        kind="get" if name.startswith("get_") else "list",
        synonyms=tuple(phrase.strip() for phrase in synonyms.split(",") if phrase.strip()),
        **facts,
    )
    shown = {"name": name, "title": name.replace("_", " "), "description": description, "inputSchema": {}}
    return Entry(shown, made)


def found(query: str, *tools: Entry, limit: int = 10) -> list[str]:
    return [entry.name for entry in Ranking(tools).find(query, limit)]


def test_a_word_of_the_name_counts_more_than_one_of_the_description():
    one, other = tool("list_networks", "Lists things."), tool("list_hosts", "Lists things, networks too.")
    assert found("networks", other, one) == ["list_networks", "list_hosts"]


def test_a_rare_word_counts_more_than_a_common_one():
    tools = [tool(f"scan_thing{letter}", "Looks at the storage.") for letter in "abcde"]
    assert found("storage quorum", *tools, tool("check_it", "Tells the quorum."))[0] == "check_it"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("snapshots", "snapshot"),
        ("snapshotting", "snapshot"),
        ("retries", "retry"),
        ("running", "run"),
        ("migrated", "migrate"),
        ("patches", "patch"),
        ("vdis", "vdi"),
        ("srs", "sr"),
        ("cpus", "cpu"),
    ],
)
def test_forms_of_a_word_meet(one: str, other: str):
    assert stem(one) == stem(other)


@pytest.mark.parametrize(("one", "other"), [("password", "pass"), ("host", "hot"), ("pool", "poll"), ("pbd", "vbd")])
def test_other_words_do_not(one: str, other: str):
    assert stem(one) != stem(other)


def test_plain_words_find_what_xo_calls_otherwise_and_the_word_itself_finds_more():
    renamed, literal = tool("migrate_vdi"), tool("move_disk")
    assert found("move a disk", renamed, tool("list_users")) == ["migrate_vdi"]
    assert found("move a disk", renamed, literal) == ["move_disk", "migrate_vdi"]


def test_a_whole_synonym_in_the_query_decides():
    tools = tool("hard_stop", synonyms="pull the plug"), tool("plug_it", "Plug plug."), tool("pull_it", "Pull pull.")
    assert found("pull the plug on db-3", *tools)[0] == "hard_stop"


def test_small_words_distinguish_phrases():
    tools = tool("hard_stop", synonyms="power off"), tool("wake_it", synonyms="power on")
    assert found("power on the box", *tools)[0] == "wake_it"
    assert found("power off the box", *tools)[0] == "hard_stop"


def test_a_question_looks_and_an_order_works():
    tools = tool("delete_vm", "Deletes a VM."), tool("list_records", "Lists who deleted a VM.", synonyms="who deleted")
    assert found("who deleted the VM", *tools)[0] == "list_records"
    assert found("delete the VM", *tools)[0] == "delete_vm"


def test_a_tool_whose_whole_name_is_said_comes_before_a_longer_one():
    tools = tool("list_acl_role_groups"), tool("list_acl_roles")
    assert found("which ACL roles are there", *tools)[0] == "list_acl_roles"


def test_daily_work_comes_before_the_rest_and_lists_before_single_objects():
    assert found("vms", tool("list_a_vms"), tool("list_b_vms", default=True))[0] == "list_b_vms"
    assert found("is the vm ok", tool("get_vm"), tool("list_vms")) == ["list_vms", "get_vm"]


def test_what_a_description_says_of_another_tool_is_not_counted():
    neighbour = tool("suspend_vm", "Saves a VM to disk.")
    one = tool("pause_vm", "Freezes a VM. To hibernate it: suspend_vm. The memory stays.")
    assert found("hibernate", one, neighbour) == ["suspend_vm"]
    assert found("memory", one, neighbour) == ["pause_vm"]


def test_names_of_machines_and_numbers_do_not_search():
    assert plain("reboot db-1, srv042 and web-2.lab on host 2") == ["reboot", "and", "on", "host"]
    assert plain("upload to S3 with ipv6") == ["upload", "to", "s3", "with", "ipv6"]


def test_small_words_alone_find_nothing_unless_a_tool_has_them():
    assert found("what is it", tool("list_vms", "Lists machines.")) == []
    assert found("", tool("list_vms")) == []
    assert found("zzz", tool("list_vms")) == []


def test_limit_and_order_are_kept():
    tools = [tool(f"list_{letter}_vms") for letter in "cba"]
    assert found("vms", *tools, limit=2) == ["list_a_vms", "list_b_vms"]
    assert found("vms", *reversed(tools), limit=2) == ["list_a_vms", "list_b_vms"]


def test_an_index_of_nothing_finds_nothing():
    assert found("vms") == []


@pytest.mark.parametrize(
    "request_", ["which VMs run", "is it up", "how many hosts", "any alarms", "can you show VMs", "all VMs", "Show VMs"]
)
def test_questions_are_recognized(request_: str):
    assert asks(request_)


@pytest.mark.parametrize("request_", ["how do I move a disk", "can you reboot it", "isolate a VM", "boot it", ""])
def test_what_only_looks_like_a_question(request_: str):
    assert not asks(request_)


def test_orders_are_recognized_by_the_verbs_of_tools_and_their_plain_words():
    verbs = {"delet", "snapshot"}
    assert acts("erase it", verbs)
    assert acts("Snapshot db", verbs)
    assert not acts("snapshots of db", verbs)
    assert not acts("", verbs)


def test_the_tables_hold_together():
    """Every plain word is one that is looked up, and no word only points at itself."""
    for plain_word, meant in {**OBJECTS, **DEEDS}.items():
        assert WORD.fullmatch(plain_word)
        assert plain_word not in STOP or plain_word == "right", plain_word
        assert stem(plain_word) not in meanings(stem(plain_word)), plain_word
        assert words(meant), plain_word
    assert not OBJECTS.keys() & DEEDS.keys() - {"update"}
    assert {word for word in KEPT if NAMED.search(word)} == KEPT

"""An administrator's everyday words find the right tool among the first five."""

import pytest
import tiny_package
from xo_mcp.definitions import Entry, Facts, load_entries
from xo_mcp.search.ranking import Ranking, words

# What people say, and the tool that should be among the first five.
SAID = [
    ("boot a machine", "start_vm"),
    ("power on vm", "start_vm"),
    ("turn off the server gracefully", "clean_shutdown_vm"),
    ("pull the plug", "hard_shutdown_vm"),
    ("restart a VM", "clean_reboot_vm"),
    ("take a snapshot", "snapshot_vm"),
    ("checkpoint", "snapshot_vm"),
    ("roll back to snapshot", "revert_vm_to_snapshot"),
    ("vmotion", "migrate_vm"),
    ("move a vm to another host", "migrate_vm"),
    ("datastore", "list_srs"),
    ("free disk space", "review_storage"),
    ("which virtual machines are there", "list_vms"),
    ("hypervisors", "list_hosts"),
    ("what is wrong", "list_alarms"),
    ("alerts", "list_alarms"),
    ("guests", "list_vms"),
    ("hypervisor load", "get_host_stats"),
    ("attach a disk to a vm", "create_vbd"),
    ("grow a virtual disk", "update_vdi"),
    ("rename a vm", "update_vm"),
    ("put a host into maintenance", "disable_host"),
    ("add a new user", "create_user"),
    ("memory of the hosts", "list_hosts"),
    ("deploy from a template", "create_vm"),
    ("import a disk", "import_vdi_to_sr"),
    ("pause a vm", "pause_vm"),
    ("suspend", "suspend_vm"),
    ("tag a vm", "add_vm_tag"),
    ("why did the backup fail", "list_backup_logs"),
    ("backup jobs", "list_backup_jobs"),
    ("who are the users", "list_users"),
    ("cpu usage of a vm", "get_vm_stats"),
    ("missing updates", "list_pool_missing_patches"),
    ("delete a virtual machine", "delete_vm"),
    ("create a virtual machine", "create_vm"),
    ("network interfaces of vms", "list_vifs"),
    ("vlan", "list_networks"),
    ("export vm to a file", "export_vm_xva"),
    ("what is running right now", "list_tasks"),
]


@pytest.fixture(scope="module")
def ranking() -> Ranking:
    return Ranking(load_entries())


@pytest.mark.parametrize(("said", "meant"), SAID)
def test_everyday_words_find_the_tool(ranking: Ranking, said: str, meant: str):
    found = [entry.name for entry in ranking.find(said, 5)]
    assert meant in found


def entry(name: str, description: str = "", synonyms: tuple[str, ...] = ()) -> Entry:
    definition = tiny_package.tool(name, None, {})["tool"] | {"description": description}
    return Entry(definition, Facts(synonyms=synonyms))


def test_a_whole_synonym_decides():
    ranking = Ranking([entry("hard_shutdown_vm", synonyms=("pull the plug",)), entry("plug_pbd", "Plugs a PBD.")])
    assert ranking.find("please pull the plug", 1)[0].name == "hard_shutdown_vm"


def test_equals_come_in_a_fixed_order():
    entries = [entry("start_vmb"), entry("start_vma"), entry("start_it_vm")]
    forward = [found.name for found in Ranking(entries).find("start", 5)]
    assert forward == [found.name for found in Ranking(entries[::-1]).find("start", 5)]


def test_what_fits_nothing_finds_nothing():
    assert Ranking([entry("start_vm")]).find("weather in Grenoble", 5) == []
    assert Ranking([entry("start_vm")]).find("!?", 5) == []
    assert Ranking([]).find("start", 5) == []


def test_forms_of_a_word_meet():
    assert words("snapshots snapshotting snapshot") == words("snapshot snapshot snapshot")
    assert words("Policies") == words("policy")
    assert words("shutting down") == words("shut down")
    assert words("migrate") == words("migrating")
    assert words("the") == ["the"]

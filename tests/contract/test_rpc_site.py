"""Tools of XO itself over JSON-RPC: plugins, self-service, tokens, configuration; secrets stay where they are."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from desk import Desk, text_of
from fake_xo import FakeXo
from fake_xo.jsonrpc.handlers.plugins import HOOK, SECRET
from fake_xo.jsonrpc.handlers.selfservice import FIRST
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rpc_desk import called, done, refused
from xo_mcp.builders.cloud_configs import without_secrets
from xo_mcp.builders.ip_pools import MOST, expanded
from xo_mcp.builders.plugins import merged
from xo_mcp.errors import ArgumentError
from xo_mcp.privacy.secret_names import HIDDEN


@pytest.mark.parametrize("name", ["auth-ldap", "transport-slack"])
def test_the_configuration_of_a_plugin_is_shown_without_its_secrets(desk: Desk, name: str) -> None:
    result = desk.call("list_plugins", id=name)
    assert HIDDEN in str(done(result)["configuration"])
    listed = desk.call("list_plugins")
    assert {each["id"]: each["configured"] for each in done(listed)["items"]} == {
        "auth-ldap": True, "transport-slack": True, "audit": False,
    }  # fmt: skip
    for secret in (SECRET, HOOK):
        assert secret not in str(result) + str(listed) + "".join(desk.log.lines)


def test_a_change_of_a_plugin_keeps_the_rest_and_the_secrets(fake: FakeXo, desk: Desk) -> None:
    change = {"bind": {"dn": "cn=new", "password": HIDDEN}, "startTls": None}
    done(desk.call("configure_plugin", id="auth-ldap", configuration=change))
    assert called(fake, "plugin.configure") == [
        {"id": "auth-ldap", "configuration": {"uri": "ldap://192.0.2.5", "bind": {"dn": "cn=new", "password": SECRET}}}
    ]
    assert "uri" in refused(desk.call("configure_plugin", id="auth-ldap", configuration={"uri": 5}))
    assert "auth-ldap" in refused(desk.call("configure_plugin", id="auth-lap", configuration={"uri": "x"}))
    assert "no property" in refused(desk.call("configure_plugin", id="audit", configuration={}))


JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=OBJECTS, change=OBJECTS)
def test_merging_keeps_what_is_not_named(before: dict[str, Any], change: dict[str, Any]) -> None:
    after = merged(before, change)
    assert {name: after[name] for name in before.keys() - change.keys()} == {
        name: before[name] for name in before.keys() - change.keys()
    }
    assert merged(after, {}) == after
    assert not {name for name, value in change.items() if value is None} & after.keys()


def test_plugins_start_and_stop(desk: Desk) -> None:
    assert "already loaded" in refused(desk.call("load_plugin", id="auth-ldap"))
    done(desk.call("unload_plugin", id="auth-ldap"))
    done(desk.call("load_plugin", id="auth-ldap"))
    assert "not testable" in refused(desk.call("try_plugin", id="audit", data={}))
    done(desk.call("disable_plugin_autoload", id="audit"))
    assert {each["id"]: each["autoload"] for each in done(desk.call("list_plugins"))["items"]}["audit"] is False


def test_limits_that_are_not_given_stay(fake: FakeXo, desk: Desk) -> None:
    done(desk.call("update_resource_set", id=FIRST, limits={"cpus": 8}))
    assert called(fake, "resourceSet.set")[-1]["limits"] == {"cpus": 8, "memory": 8 << 30}
    assert "no property" in refused(desk.call("update_resource_set", id=FIRST))
    for wrong in ({"subjects": ["nope"]}, {"objects": ["nope"]}):
        assert "nope" in refused(desk.call("create_resource_set", name="new", **wrong))
    assert called(fake, "resourceSet.create") == []
    members = [fake.find("users")["id"], fake.find("groups")["id"]]
    objects = [fake.find("vm-templates")["id"], fake.find("srs")["id"], fake.find("networks")["id"]]
    made = done(desk.call("create_resource_set", name="new", subjects=members, objects=objects))["id"]
    assert made in {each["id"] for each in done(desk.call("list_resource_sets"))["items"]}
    done(desk.call("delete_resource_set", id=made))
    assert refused(desk.call("delete_resource_set", id=made))


def test_addresses_of_a_pool_are_checked_and_merged(fake: FakeXo, desk: Desk) -> None:
    network = fake.find("networks")["id"]
    given = {"name": "dmz", "networks": [network]}
    for wrong in ("192.0.2", "192.0.2.9-192.0.2.1", "0.0.0.0/0", "x"):
        refused(desk.call("create_ip_pool", **given, addresses=[wrong]))
    assert "no network" in refused(desk.call("create_ip_pool", name="dmz", networks=["nope"], addresses=["192.0.2.1"]))
    assert called(fake, "ipPool.create") == []
    made = done(desk.call("create_ip_pool", **given, addresses=["192.0.2.8/30", "192.0.2.20-192.0.2.21"]))["id"]
    addresses = {"192.0.2.9": {}, "192.0.2.10": {}, "192.0.2.20": {}, "192.0.2.21": {}}
    assert called(fake, "ipPool.create")[-1]["addresses"] == addresses
    done(desk.call("update_ip_pool", id=made, addresses=["192.0.2.30"], remove_addresses=["192.0.2.20-192.0.2.21"]))
    (pool,) = [each for each in done(desk.call("list_ip_pools"))["items"] if each["id"] == made]
    assert set(pool["addresses"]) == {"192.0.2.9", "192.0.2.10", "192.0.2.30"}
    assert "no IP pool" in refused(desk.call("delete_ip_pool", id="nope"))
    done(desk.call("delete_ip_pool", id=made))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text(max_size=12) | st.sampled_from(["::/0", "10.0.0.0/8", "192.0.2.1", "::1-::ffff"]), max_size=3))
def test_any_text_is_few_addresses_or_refused(texts: list[str]) -> None:
    with suppress(ArgumentError):
        assert len(expanded(list(texts))) <= MOST


def test_cloud_configs_live_without_their_secrets(desk: Desk) -> None:
    made = done(desk.call("create_cloud_config", name="web", template="#cloud-config\nusers: []\n"))
    assert made["status"] == "done"
    listed = desk.call("list_cloud_configs")
    texts = {each["name"]: each["template"] for each in done(listed)["items"]}
    assert "users: []" in texts["web"]
    assert "hostname" in texts["base"]
    assert "hunter2" not in str(listed)
    (identity,) = [each["id"] for each in done(listed)["items"] if each["name"] == "web"]
    done(desk.call("update_cloud_config", id=identity, name="web2"))
    assert "no property" in refused(desk.call("update_cloud_config", id=identity))
    done(desk.call("delete_cloud_config", id=identity))
    assert "no cloud config" in refused(desk.call("delete_cloud_config", id=identity))
    assert done(desk.call("list_network_configs"))["items"]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("password: hunter2", "hunter2"),
        ("  - hashed_passwd: $6$abc", "$6$abc"),
        ("chpasswd:\n  list: |\n    root:hunter2\n", "hunter2"),
        ("ssh_keys:\n  rsa_private: |\n    -----BEGIN RSA PRIVATE KEY-----\n    MIIabc\n    -----END", "MIIabc"),
        ('{"api_key": "abcdef"}', "abcdef"),
    ],
)
def test_secrets_of_cloud_configs_are_hidden(text: str, secret: str) -> None:
    assert secret not in without_secrets(text)


def test_own_tokens_are_deleted_by_their_ends_and_never_the_one_in_use(fake: FakeXo, desk: Desk) -> None:
    admin = fake.xo.people.admin
    spare = fake.xo.store.every("tokens")[0] | {"id": "A" * 39 + "zzzz", "user_id": admin}
    fake.call(fake.xo.store.seed, "tokens", [spare])
    shown = done(desk.call("list_auth_tokens", id=admin))["items"]
    assert any(each["id"].endswith("zzzz") for each in shown)
    before = {each["id"] for each in fake.xo.store.every("tokens")}
    assert "signs in with" in refused(desk.call("delete_own_auth_tokens", endings=[fake.admin_token[-6:]]))
    assert "none of our tokens" in refused(desk.call("delete_own_auth_tokens", endings=["xxxxxx"]))
    assert "signs in with" in refused(desk.call("delete_auth_tokens", tokens=[fake.admin_token]))
    for pattern in ({}, {"id": "x"}):
        refused(desk.call("delete_auth_tokens", pattern=pattern))
    assert {each["id"] for each in fake.xo.store.every("tokens")} == before
    result = desk.call("delete_own_auth_tokens", endings=["\u2026zzzz"])
    done(result)
    assert {each["id"] for each in fake.xo.store.every("tokens")} == before - {spare["id"]}
    assert spare["id"] not in str(result) + "".join(desk.log.lines)


def test_the_configuration_is_exported_with_a_passphrase_only(fake: FakeXo, desk: Desk, downloads: Path) -> None:
    for wrong in ({}, {"passphrase": ""}, {"passphrase": "short"}):
        assert "passphrase" in refused(desk.call("export_xo_config", **wrong))
    assert called(fake, "xo.exportConfig") == []
    result = desk.call("export_xo_config", passphrase="correct horse battery")
    saved = Path(done(result)["path"])
    assert saved.parent == downloads
    assert saved.name.endswith(".gz.enc")
    assert "correct horse" not in str(result) + "".join(desk.log.lines)


def test_a_configuration_is_sent_once(fake: FakeXo, desk: Desk, downloads: Path) -> None:
    content = b"configuration of another XO"
    (downloads.parent / "upload" / "xo.enc").write_bytes(content)
    assert "no" in refused(desk.call("import_xo_config", file="nope.enc")).lower()
    assert called(fake, "xo.importConfig") == []
    assert done(desk.call("import_xo_config", file="xo.enc", passphrase="correct horse battery"))["size"] == len(
        content
    )
    assert list(fake.xo.rpc.files.taken.values()) == [content]


def test_connections_and_proxies_hide_their_secrets(fake: FakeXo, desk: Desk) -> None:
    server = fake.find("servers")["id"]
    done(desk.call("update_server", id=server, label="rack 4", password="hunter2"))
    assert done(desk.call("get_server", id=server))["label"] == "rack 4"
    token = "token-of-the-proxy"
    made = done(desk.call("register_proxy", address="192.0.2.44", authenticationToken=token, name="edge"))["id"]
    shown = desk.call("list_proxies", fields="*")
    assert made in text_of(shown)
    said = str(shown) + str(desk.call("get_proxy", id=made)) + "".join(desk.log.lines)
    assert token not in said
    assert "hunter2" not in said
    assert done(desk.call("check_proxy", id=made))["success"] is False
    done(desk.call("unregister_proxy", id=made))
    assert desk.call("get_proxy", id=made).is_error


def test_fields_tags_and_messages(fake: FakeXo, desk: Desk) -> None:
    machine = fake.find("vms")["id"]
    done(desk.call("set_custom_field", id=machine, name="owner", value="dev"))
    assert (fake.record("vms", machine) or {})["other"]["XenCenter.CustomFields.owner"] == "dev"
    done(desk.call("remove_custom_field", id=machine, name="owner"))
    assert "XenCenter.CustomFields.owner" not in (fake.record("vms", machine) or {})["other"]
    done(desk.call("set_tag_color", id="prod", color="#ff8800"))
    refused(desk.call("set_tag_color", id="prod", color="red"))
    message = fake.find("messages")["id"]
    done(desk.call("delete_message", id=message))
    assert desk.call("get_message", id=message).is_error

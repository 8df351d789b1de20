"""Tools of pools and hosts over JSON-RPC: high availability, patches, settings, hardware."""

from pathlib import Path

from desk import Desk
from fake_xo import FakeXo
from rpc_desk import called, done, refused


def test_high_availability_goes_on_and_off_on_shared_storage_only(fake: FakeXo, desk: Desk) -> None:
    pool, shared = fake.find("pools")["id"], fake.find("srs", shared=True)["id"]
    local = fake.find("srs", shared=False)
    said = refused(desk.call("enable_pool_ha", pool=pool, heartbeatSrs=[local["id"]]))
    assert local["name_label"] in said
    assert "whose id or exact name is" in str(desk.call("enable_pool_ha", pool=pool, heartbeatSrs=["nope"]))
    assert called(fake, "pool.enableHa") == []
    done(desk.call("enable_pool_ha", pool=pool, heartbeatSrs=[shared]))
    assert called(fake, "pool.enableHa") == [{"pool": pool, "heartbeatSrs": [shared], "configuration": {}}]
    assert done(desk.call("get_pool", id=pool))["HA_enabled"] is True
    assert "ha_enabled" in refused(desk.call("install_pool_patches", pool=pool))
    done(desk.call("disable_pool_ha", pool=pool))
    assert done(desk.call("get_pool", id=pool))["HA_enabled"] is False


def test_patches_go_to_a_pool_or_to_hosts_and_a_call_that_never_ends_is_given_up(fake: FakeXo, desk: Desk) -> None:
    pool, host = fake.find("pools")["id"], fake.find("hosts")["id"]
    for wrong in ({}, {"pool": pool, "hosts": [host]}, {"hosts": ["nope"]}):
        assert "Nothing was done" in refused(desk.call("install_pool_patches", **wrong))
    assert called(fake, "pool.installPatches") == []
    fake.fault("CALL pool.installPatches", "hang")
    answer = done(desk.call("install_pool_patches", hosts=[host], timeout=0.5))
    assert answer["status"] == "pending"
    done(desk.call("install_pool_patches", hosts=[host]))
    assert (fake.record("hosts", host) or {})["rebootRequired"]


def test_settings_name_networks_that_exist_and_null_unsets(fake: FakeXo, desk: Desk) -> None:
    pool, network = fake.find("pools")["id"], fake.find("networks")["id"]
    assert "whose id or exact name is" in str(desk.call("update_pool", id=pool, migrationNetwork="nope"))
    done(desk.call("update_pool", id=pool, migrationNetwork=network, migrationCompression=True))
    done(desk.call("update_pool", id=pool, migrationNetwork=None))
    assert called(fake, "pool.set")[-1] == {"id": pool, "migrationNetwork": None}
    sr = fake.find("srs", shared=True)["id"]
    done(desk.call("set_pool_default_sr", sr=sr))
    assert (fake.record("pools", pool) or {})["default_SR"] == sr


def test_bare_values_of_hardware_have_names(fake: FakeXo, desk: Desk) -> None:
    host = fake.find("hosts")["id"]
    assert done(desk.call("check_host_time", host=host)) == {"time_is_right": True}
    assert done(desk.call("check_host_certificate_key", id=host)) == {"key_is_too_short": False}
    assert "knows nothing" in str(done(desk.call("get_host_bios_info", id=host)))
    assert done(desk.call("get_host_smart_health", id=host))["/dev/sdb:scsi"] == "FAILED"


def test_multipathing_is_refused_under_running_machines(fake: FakeXo, desk: Desk) -> None:
    host = next(host for host in fake.xo.store.every("hosts") if host["residentVms"])
    assert "in use" in refused(desk.call("update_host", id=host["id"], multipathing=True))
    done(desk.call("update_host", id=host["id"], name_description="rack 4"))
    assert done(desk.call("get_host", id=host["id"]))["name_description"] == "rack 4"


def test_a_private_key_shows_nowhere(fake: FakeXo, desk: Desk) -> None:
    host, key = fake.find("hosts")["id"], "-----BEGIN PRIVATE KEY-----abcdef"
    result = desk.call("install_host_certificate", id=host, certificate="-----BEGIN", privateKey=key)
    assert key not in str(result) + "".join(desk.log.lines)


def test_reports_for_support_are_saved(fake: FakeXo, desk: Desk, downloads: Path) -> None:
    one = done(desk.call("download_host_system_status", id=fake.find("hosts")["id"]))
    assert Path(one["path"]).read_bytes() == b"report of a host"
    assert Path(one["path"]).parent == downloads
    assert one["path"].endswith(".tar.bz2")
    many = done(desk.call("download_pool_system_status", id=fake.find("pools")["id"]))
    assert Path(many["path"]).read_bytes() == b"reports of all hosts"

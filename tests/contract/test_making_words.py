"""What create_vm and import_vm_xva answer about what they made, and where it differs from what was asked."""

from collections.abc import Iterator
from typing import Any

import pytest
from desk import folders
from fake_xo import running_fake_xo
from surfaces import SURFACES, Surfaces, notes_of, surfaces

GIB = 1 << 30


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surfaces]:
    settings = folders(tmp_path_factory.mktemp("files"))
    with running_fake_xo(vms=3, lag=0.1, task_seconds=0) as fake, surfaces(fake, **settings) as found:
        yield found


def wished(both: Surfaces, **more: Any) -> dict[str, Any]:
    template = both.fake.find("vm-templates", isDefaultTemplate=False)
    return {"id": both.fake.find("pools")["id"], "template": template["id"], "name_label": "web", **more}


@pytest.mark.parametrize("surface", SURFACES)
def test_a_new_vm_is_reported_with_its_disks_and_nics(both: Surfaces, surface: str) -> None:
    sr, network = both.fake.find("srs", shared=True), both.fake.find("networks")
    template = both.fake.find("vm-templates", isDefaultTemplate=False)
    asked = wished(
        both,
        cpus=2,
        memory="2 GiB",
        tags=["prod", "web"],
        vdis=[{"name_label": "data", "size": "20 GiB", "sr": sr["id"]}],
        vifs=[{"network": network["id"], "mac": "02:00:00:00:00:0a"}],
    )
    answer = both.answer(surface, "create_vm", asked)
    made = answer["made"]
    record = both.fake.record("vms", answer["id"]) or {}
    assert (made["name_label"], made["CPUs"], made["memory"]) == ("web", 2, 2 * GIB)
    assert sorted(made["tags"]) == sorted(record["tags"]) == sorted({*template["tags"], "prod", "web"})
    links = [both.fake.record("vbds", link) or {} for link in record["$VBDs"]]
    assert {disk["id"] for disk in made["disks"]} == {link["VDI"] for link in links if not link["is_cd_drive"]}
    data = next(disk for disk in made["disks"] if disk["name_label"] == "data")
    assert (data["size"], data["SR"]) == (20 * GIB, sr["name_label"])
    assert [(nic["network"], nic["MAC"]) for nic in made["nics"]] == [(network["name_label"], "02:00:00:00:00:0a")]
    assert notes_of(answer) == ""


@pytest.mark.parametrize("surface", SURFACES)
def test_what_xo_passed_over_is_reported(both: Surfaces, surface: str) -> None:
    # The fake leaves the template's disk where it is.
    iso = both.fake.find("srs", content_type="iso")["id"]
    answer = both.answer(surface, "create_vm", wished(both, vdis=[{"userdevice": "0", "sr": iso}]))
    assert f"Asked for sr {iso}, but none of its disks matches." in notes_of(answer)


@pytest.mark.parametrize("surface", SURFACES)
def test_an_imported_vm_is_named_and_reported(both: Surfaces, surface: str) -> None:
    pool, sr = both.fake.find("pools"), both.fake.find("srs", shared=True)
    asked = {"id": pool["id"], "file": "machine.xva", "name_label": f"from {surface}", "sr": sr["id"]}
    answer = both.answer(surface, "import_vm_xva", asked)
    record = both.fake.record("vms", answer["id"]) or {}
    assert record["name_label"] == answer["made"]["name_label"] == f"from {surface}"
    assert answer["made"]["CPUs"] == record["CPUs"]["number"]
    assert answer["made"]["memory"] == record["memory"]["size"]
    assert [(disk["name_label"], disk["SR"]) for disk in answer["made"]["disks"]] == [
        ("imported_disk_0", sr["name_label"])
    ]
    assert len(answer["made"]["nics"]) == 1
    assert notes_of(answer) == ""


@pytest.mark.parametrize("surface", SURFACES)
def test_what_can_not_be_set_yet_is_reported(both: Surfaces, surface: str) -> None:
    answer = both.answer(surface, "create_vm", wished(both, tags=["late"], timeout=0))
    assert answer["status"] == "pending"
    assert "Not set yet, because XO goes on: tags" in notes_of(answer)

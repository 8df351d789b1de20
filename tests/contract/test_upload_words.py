"""Files that are not what an import takes, and texts of one line, on both surfaces: refused before anything is sent."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import folders
from fake_xo import running_fake_xo
from surfaces import SURFACES, Surfaces, surfaces

FILES = {
    "a.vhd": b"conectix" + bytes(3000),
    "fixed.vhd": bytes(3000) + b"conectix" + bytes(504),
    "a.qcow2": b"QFI\xfb" + bytes(3000),
    "a.vmdk": b"KDMV" + bytes(3000),
    "text.vmdk": b"# Disk DescriptorFile\n",
    "a.vhdx": b"vhdxfile" + bytes(3000),
    "a.iso": bytes(0x8001) + b"CD001" + bytes(3000),
    "a.xva": b"ova.xml" + bytes(250) + b"ustar" + bytes(3000),
    "a.gz": b"\x1f\x8b" + bytes(3000),
    "a.zip": b"PK\x03\x04" + bytes(3000),
    "a.raw": bytes(3000),
    "tiny": b"x",
}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surfaces]:
    where = tmp_path_factory.mktemp("files")
    settings = folders(where)
    for name, content in FILES.items():
        Path(settings["XO_MCP_UPLOAD_DIR"], name).write_bytes(content)
    with running_fake_xo(vms=3, lag=0, task_seconds=0) as fake, surfaces(fake, **settings) as found:
        yield found


TO_SR: dict[str, object] = {}
RAW = {"raw": True}
REFUSED = [
    ("import_vdi_to_sr", "a.qcow2", TO_SR, "is a qcow2 file, and this takes vhd. Convert it first: qemu-img"),
    ("import_vdi_to_sr", "fixed.vhd", TO_SR, "-o subformat=dynamic"),
    ("import_vdi_to_sr", "a.vmdk", TO_SR, "is a vmdk file"),
    ("import_vdi_to_sr", "text.vmdk", TO_SR, "is a vmdk file"),
    ("import_vdi_to_sr", "a.vhdx", TO_SR, "is a vhdx file"),
    ("import_vdi_to_sr", "a.iso", TO_SR, "is an iso file, and this takes vhd. An ISO: import_vdi_to_sr with raw true"),
    ("import_vdi_to_sr", "a.xva", TO_SR, "A whole VM: import_vm_xva."),
    ("import_vdi_to_sr", "a.gz", TO_SR, "Unpack it first."),
    ("import_vdi_to_sr", "a.raw", TO_SR, "has none of the signatures of images"),
    ("import_vdi_to_sr", "tiny", TO_SR, "with raw true"),
    ("import_vdi_to_sr", "a.qcow2", RAW, "qemu-img convert -O raw"),
    ("import_vdi_to_sr", "a.vhd", RAW, "import_vdi_to_sr without raw takes it"),
    ("import_vdi_to_existing", "a.raw", TO_SR, "import_vdi_to_existing_raw"),
    ("import_vdi_to_existing_raw", "a.vhd", TO_SR, "or import_vdi_to_existing."),
    ("import_vm_xva", "a.vhd", TO_SR, "import_vdi_to_sr makes a disk of it"),
    ("import_vm_xva", "a.zip", TO_SR, "Unpack it first"),
    ("import_vm_xva", "a.raw", TO_SR, "Only what export_vm_xva"),
]
KINDS = {"import_vdi_to_sr": "srs", "import_vm_xva": "pools"}


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("row", REFUSED, ids=lambda row: f"{row[0]}-{row[1]}")
def test_a_file_of_another_format_is_not_sent(
    both: Surfaces, surface: str, row: tuple[str, str, dict[str, object], str]
) -> None:
    tool, file, more, reported = row
    target = both.fake.find(KINDS.get(tool, "vdis"))["id"]
    said = both.refusal(surface, tool, {"id": target, "file": file, **more})
    assert "Nothing was sent" in said
    assert reported in said


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(("file", "more"), [("a.vhd", TO_SR), ("a.raw", RAW), ("a.iso", RAW), ("fixed.vhd", RAW)])
def test_a_file_of_the_right_format_is(both: Surfaces, surface: str, file: str, more: dict[str, object]) -> None:
    answer = both.answer(surface, "import_vdi_to_sr", {"id": both.fake.find("srs")["id"], "file": file, **more})
    assert answer["size"] == len(FILES[file])
    assert (both.fake.record("vdis", answer["id"]) or {})["usage"] == len(FILES[file])


@pytest.mark.parametrize("surface", SURFACES)
def test_a_cloud_config_in_one_line_is_refused(both: Surfaces, surface: str) -> None:
    new = {
        "id": both.fake.find("pools")["id"],
        "template": both.fake.find("vm-templates", isDefaultTemplate=False)["id"],
        "name_label": "web",
    }
    escaped = {**new, "cloud_config": "#cloud-config\\nhostname: web\\n"}
    assert "Send real line breaks" in both.refusal(surface, "create_vm", escaped)
    whole = {**new, "cloud_config": '#cloud-config\nruncmd: ["printf a\\\\n"]\n'}
    assert "id" in both.answer(surface, "create_vm", whole)

"""What `check` demands of every tool's words."""

from pathlib import Path

import pytest

from generator.errors import OverrideError
from generator.facts.facts import extract_facts
from generator.model.builder import build_model
from generator.model.overrides import load_overrides
from generator.review.curation import gaps

GOOD = "Deletes a disk with everything on it. Detach it from its virtual machine before, or XO refuses."
ID = {"in": "path", "name": "id", "required": True, "schema": {"type": "string"}}
SIZE = {"in": "query", "name": "size", "required": True, "schema": {"type": "string"}}
KIND = {"in": "path", "name": "kind", "required": True, "schema": {"type": "string", "enum": ["fast", "safe"]}}
DOCUMENT = extract_facts(
    {
        "openapi": "3.0.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/disks/{id}": {
                "delete": {
                    "tags": ["disks"],
                    "x-mcp": {"exposure": "allow"},
                    "parameters": [ID, SIZE],
                    "responses": {"204": {"description": ""}},
                }
            },
            "/copies/{kind}": {
                "get": {"tags": ["disks"], "parameters": [KIND], "responses": {"204": {"description": ""}}}
            },
        },
    }
)
DELETE = (
    "  DELETE /disks/{{id}}: {{title: Delete disk, description: {words!r}, effect: destructive, "
    "no_consequences: It is one disk.{warning}{more}}}\n"
)
SPLIT = "  GET /copies/{{kind}}: {{title: Copy, description: {words!r}, effect: read, arguments: {{kind: Which}}}}\n"


def found(
    folder: Path,
    delete: str = GOOD,
    other: str = GOOD[::-1],
    more: str = ", arguments: {size: Bytes}",
    warning: str = ", warning: Everything on the disk is lost.",
) -> list[str]:
    """The gaps, where the words of two tools are decided."""
    text = "operations:\n" + DELETE.format(words=delete, more=more, warning=warning) + SPLIT.format(words=other)
    (folder / "disks.yaml").write_text(text)
    return list(gaps(build_model([DOCUMENT], load_overrides(folder)), frozenset()))


def test_decided_and_described_is_in_order(tmp_path: Path):
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("words", "gap"),
    [
        ("Deletes a disk.", "the description has 15 characters, wanted are 60 to 300"),
        ("Deletes a disk. " * 20, "the description has 319 characters, wanted are 60 to 300"),
        (GOOD + " \u00dcber alles.", "the description is not plain ASCII"),
    ],
)
def test_words_that_do_not_serve(tmp_path: Path, words: str, gap: str):
    assert found(tmp_path, words.strip()) == [f"delete_disk (DELETE /disks/{{id}}): {gap}"]


def test_a_required_argument_is_described_unless_the_instructions_do(tmp_path: Path):
    lacking = "delete_disk (DELETE /disks/{id}): the required argument size has no description"
    assert found(tmp_path, more="") == [lacking]
    assert list(gaps(build_model([DOCUMENT], load_overrides(tmp_path)), frozenset({"size"}))) == []


def test_a_destructive_tool_says_what_is_lost(tmp_path: Path):
    (line,) = found(tmp_path, warning="")
    assert line == "delete_disk (DELETE /disks/{id}): destructive, but no `warning` says what is lost and for whom"


@pytest.mark.parametrize("warning", ["Careful.", "All is lost."])
def test_a_warning_says_what_is_lost(tmp_path: Path, warning: str):
    (line,) = found(tmp_path, warning=f", warning: {warning!r}")
    assert line.endswith(f"the `warning` {warning!r} does not say what is lost and for whom")


@pytest.mark.parametrize("text", ["''", "' '", "' \t'"])
def test_a_blank_text_is_no_decision(tmp_path: Path, text: str):
    with pytest.raises(OverrideError, match="warning"):
        found(tmp_path, warning=f", warning: {text}")


def test_each_operation_has_a_warning_of_its_own(tmp_path: Path):
    nic = {**DOCUMENT["paths"]["/disks/{id}"]["delete"], "parameters": [ID]}
    document = {**DOCUMENT, "paths": {**DOCUMENT["paths"], "/nics/{id}": {"delete": nic}}}
    found(tmp_path)
    file = tmp_path / "disks.yaml"
    first = file.read_text()
    second = DELETE.format(words=f"{GOOD} So it is.", more="", warning=", warning: Everything on the disk is lost.")
    for warning, lines in (("Everything on the disk", 1), ("Everything on the NIC", 0)):
        text = second.replace("/disks/", "/nics/").replace("Delete disk", "Delete NIC")
        file.write_text(first + text.replace("Everything on the disk", warning))
        gap = list(gaps(build_model([document], load_overrides(tmp_path)), frozenset()))
        assert gap == ["DELETE /disks/{id} and DELETE /nics/{id} have the same warning"] * lines


def test_no_two_tools_have_the_same_words(tmp_path: Path):
    (line,) = found(tmp_path, other=GOOD.upper())
    assert line.endswith("have the same description")
    assert "delete_disk" in line


def test_every_value_of_a_split_is_decided(tmp_path: Path):
    split = (
        "operations:\n"
        + DELETE.format(
            words=GOOD, more=", arguments: {size: Bytes}", warning=", warning: The disk and its data are lost."
        )
        + "  GET /copies/{kind}:\n"
        f"    split: {{parameter: kind, tools: {{fast: {{title: Copy, description: {GOOD[::-1]!r}, effect: read}}}}}}\n"
    )
    (tmp_path / "disks.yaml").write_text(split)
    lines = list(gaps(build_model([DOCUMENT], load_overrides(tmp_path)), frozenset()))
    assert lines == ["GET /copies/{kind}: nobody decided about kind=safe"]
    (tmp_path / "disks.yaml").write_text(split.replace("kind, tools", "kind, left_out: {safe: Too slow.}, tools"))
    assert list(gaps(build_model([DOCUMENT], load_overrides(tmp_path)), frozenset())) == []
    (tmp_path / "disks.yaml").write_text(split.replace("kind, tools", "kind, left_out: {sage: Too slow.}, tools"))
    with pytest.raises(OverrideError, match="kind has no value 'sage'"):
        build_model([DOCUMENT], load_overrides(tmp_path))


def test_an_uncurated_tool_is_one_gap(tmp_path: Path):
    lines = list(gaps(build_model([DOCUMENT], load_overrides(tmp_path)), frozenset()))
    assert [line.partition(": ")[2] for line in lines] == ["no title and description in overrides/"] * 2

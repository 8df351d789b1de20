"""Overrides are strict: what they say is understood, or refused by name."""

import re
import shutil
from pathlib import Path

import pytest

from generator.errors import OverrideError
from generator.facts.facts import extract_facts
from generator.history.history import load_history
from generator.layout import OVERRIDES, SPECS
from generator.model.builder import build_model
from generator.model.model import Model
from generator.model.overrides import load_overrides
from generator.specs.specs import load_documents, newest_spec

DOCUMENT = {
    "openapi": "3.0.0",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/disks/{id}": {
            "patch": {
                "tags": ["disks"],
                "parameters": [{"in": "path", "name": "id", "required": True, "schema": {"type": "string"}}],
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {
                                    "size": {"type": "number"},
                                    "parts": {
                                        "type": "array",
                                        "nullable": True,
                                        "items": {"type": "object", "properties": {"at": {"type": "number"}}},
                                    },
                                    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                                },
                            }
                        }
                    }
                },
                "responses": {"204": {"description": ""}},
            }
        }
    },
}


def model(folder: Path, text: str) -> Model:
    (folder / "disks.yaml").write_text(f"operations:\n  PATCH /disks/{{id}}:\n{text}")
    return build_model([extract_facts(DOCUMENT)], load_overrides(folder))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("    titel: Change disk\n", "titel"),
        ("    name: Change-Disk\n", "name"),
        ("    drop: Removed\n    title: Change disk\n", "takes no other key"),
        ("    arguments: {sise: Bytes}\n", "'sise'.*nearest: size"),
        ("    arguments: {'parts[].to': Bytes}\n", r"parts\[\]\.to"),
        ("    arguments: {id: {drop: not needed}}\n", "'id' is required"),
        ("    creates: /discs/{id}\n", "`creates` names /discs/{id}.*not a GET of one object"),
        ("    creates: /disks\n", "creates"),
        ("    kind: list\n", "kind list needs a GET"),
        ("    kind: lists\n", "kind"),
        ("    split: {parameter: format, tools: {}}\n", "'format' to split by"),
        ("    title: [\n", "not YAML.*line"),
        ("    title: 2001-99-99\n", "not YAML: month must be"),
        ("    arguments: {size: {schema: {type: number, minimum: many}}}\n", "size > schema > minimum.*valid integer"),
        ("    arguments: {size: {schema: {type: [number, 'null']}}}\n", "size > schema > type.*'string'"),
        (
            "    arguments: {size: {schema: {type: number, nullable: true}}}\n",
            "size > schema: there is no key 'nullable'",
        ),
        (
            "    arguments: {size: {schema: {items: {$ref: '#/x'}}}}\n",
            r"size > schema > items: there is no key '\$ref'",
        ),
        ("    descripton: x\n", "there is no key 'descripton'; nearest: description"),
        ("    arguments: {size: {default: soon}}\n", "'size' does not fit its schema: 'soon' is not of type 'number'"),
        ("    arguments: {'parts[].at': {drop: no, description: x}}\n", r"parts\[\]\.at is inside .*, no drop"),
        ("    arguments: {labels.*: {required: true}}\n", "takes description, schema and kind only, no required"),
        ("    final_state: {size: big}\n", "`final_state` is for action, and this is write"),
        ("    kind: action\n    final_state: {size: big}\n", "there is no GET of the object it changes"),
        ("    name: change_disk\n    aliases: [change_disk]\n", "its own alias"),
        ("    warning: ''\n", "warning > 0 > text: .*at least 1"),
        ("    warning: [{texts: All is lost.}]\n", "no key 'texts'; nearest: text"),
        ("    warning: [{text: All is lost.}, {text: Never said.}]\n", "what follows 'All is lost.' is never said"),
        ("    warning: [{text: 'All {size} are lost.'}]\n", "the last line must hold for every object"),
        ("    warning: [{when: {size: false}, text: x}, {text: y}]\n", "`when` takes texts, or true"),
        ("    warning: [{text: '{size} are lost.'}, {text: y}]\n", "`warning`: there is no GET of the object"),
    ],
)
def test_is_refused_by_name(tmp_path: Path, text: str, complaint: str):
    with pytest.raises(OverrideError, match=complaint):
        model(tmp_path, text)


def test_the_same_operation_in_two_files_is_refused(tmp_path: Path):
    (tmp_path / "other.yaml").write_text("operations:\n  PATCH /disks/{id}: {title: Change disk}\n")
    with pytest.raises(OverrideError, match=r"disks\.yaml and other\.yaml"):
        model(tmp_path, "    title: Change disk\n")


def test_arguments_are_described_down_to_inner_properties(tmp_path: Path):
    text = (
        "    arguments:\n      size: Bytes\n      'parts[].at': Offset in bytes\n"
        "      'labels.*': Any text\n      parts: {drop: not yet}\n"
    )
    tool = model(tmp_path, text.replace("      parts: {drop: not yet}\n", "")).tools[0]
    properties = tool.input_schema["properties"]
    assert properties["size"] == {"type": "number", "description": "Bytes"}
    assert properties["parts"]["anyOf"][0]["items"]["properties"]["at"]["description"] == "Offset in bytes"
    assert properties["labels"]["additionalProperties"]["description"] == "Any text"
    with_drop = model(tmp_path, "    arguments: {parts: {drop: not yet}}\n").tools[0]
    assert "parts" not in with_drop.input_schema["properties"]


def test_an_argument_can_get_another_schema_a_default_and_be_required(tmp_path: Path):
    text = (
        "    arguments:\n      size: {schema: {type: integer, minimum: 1}, required: true, description: Bytes}\n"
        "      labels: {default: {a: b}}\n"
    )
    tool = model(tmp_path, text).tools[0]
    assert tool.input_schema["required"] == ["id", "size"]
    assert tool.input_schema["properties"]["size"] == {"type": "integer", "minimum": 1, "description": "Bytes"}
    labels = next(entry for entry in tool.arguments if entry.name == "labels")
    assert labels.default == "{'a': 'b'}"


def test_what_is_decided_shows(tmp_path: Path):
    text = "    title: Change a disk\n    description: Changes a disk.\n"
    text += "    effect: destructive\n    aliases: [edit_disk]\n"
    tool = model(tmp_path, text).tools[0]
    assert (tool.title, tool.hints.effect, tool.curated) == ("Change a disk", "destructive", True)
    assert tool.annotations["destructiveHint"] is True
    assert tool.aliases == ("edit_disk",)


def test_no_folder_means_no_decisions(tmp_path: Path):
    assert load_overrides(None).operations == load_overrides(tmp_path / "none").operations == {}


def test_what_is_no_yaml_file_is_refused(tmp_path: Path):
    (tmp_path / "disks.yml").write_text("description: Disks.\n")
    with pytest.raises(OverrideError, match=r"disks\.yml: is not read. Call it disks\.yaml"):
        load_overrides(tmp_path)
    (tmp_path / "disks.yml").unlink()
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(OverrideError, match=r"folder\.yaml: cannot be read: Is a directory"):
        load_overrides(tmp_path)
    (tmp_path / "folder.yaml").rmdir()
    (tmp_path / "link.yaml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(OverrideError, match=r"link\.yaml: cannot be read: No such file"):
        load_overrides(tmp_path)


def test_what_every_list_of_an_api_takes_is_there(tmp_path: Path):
    (tmp_path / "_shared.yaml").write_text("conventions: {list_parameters: [filter]}\n")
    with pytest.raises(OverrideError, match=r"_shared\.yaml: there is no query parameter 'filter'"):
        model(tmp_path, "    title: Change disk\n")


@pytest.mark.parametrize(
    ("newest", "complaint"),
    [("{tasks: strat}", "XoTask has no property 'strat'.*start"), ("{taks: start}", "there is no list 'taks'.*tasks")],
)
def test_an_order_that_nothing_can_be_put_in_is_refused(tmp_path: Path, newest: str, complaint: str):
    folder = tmp_path / "overrides"
    shutil.copytree(OVERRIDES, folder)
    shared = folder / "_shared.yaml"
    shared.write_text(re.sub(r"newest: \{.*\}", f"newest: {newest}", shared.read_text()))
    with pytest.raises(OverrideError, match=complaint):
        build_model(load_documents(newest_spec(SPECS)), load_overrides(folder), load_history(SPECS))


def test_a_warning_of_what_the_object_never_shows_is_refused(tmp_path: Path):
    folder = tmp_path / "overrides"
    shutil.copytree(OVERRIDES, folder)
    file = folder / "vms.yaml"
    file.write_text(file.read_text().replace("when: {power_state: ", "when: {power_stat: "))
    with pytest.raises(OverrideError, match=r"`warning`: the object has no property 'power_stat'.*power_state"):
        build_model(load_documents(newest_spec(SPECS)), load_overrides(folder), load_history(SPECS))


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("vms", "argument: template, read", "argument: templates, read", "no argument 'templates'; nearest: template"),
        ("vms", "listed_by: list_vm_templates", "listed_by: list_vm_template", "no tool .*nearest: list_vm_templates"),
        (
            "vms",
            'read: "/vm-templates/{id}"',
            'read: "/vm-template/{id}"',
            "reads /vm-template/{id}, which is not",
        ),
        ("vdis", "links: $VBDs", "links: $VBD", r"no property of XoVdi '\$VBD'; nearest: \$VBDs"),
        ("vdis", "when: attached", "when: attachd", "no property of XoVbd 'attachd'; nearest: attached"),
        ("vdis", "attached to VM {user}", "attached to VM {owner}", "no placeholder 'owner'"),
        ("vdis", "refuse_linked:", "refuse_link:", "no key 'refuse_link'; nearest: refuse_linked"),
        ("rbacs", "when: isTemplate", "when: isTemplat", "no property of XoAclRole 'isTemplat'"),
        ("backup-archives", "{backup-repository:", "{backup-repositories:", "no query parameter.*backup-repository"),
        ("vifs", "property: [other_config,", "property: [other_configs,", "no property of XoVif 'other_configs'"),
        ("tasks", "      read: /tasks", "      read: /task", "reads /task, which is not a list; nearest: /tasks"),
        ("tasks", "is shown {now}", "is shown {then}", "no placeholder 'then'"),
        ("users", "secret_ids: true", "answers_secret: true", "`answers_secret` is for what changes something"),
        (
            "tasks",
            "    hint_after: >-",
            "    secret_ids: true\n    hint_after: >-",
            "`secret_ids` is for lists and objects",
        ),
        ("servers", "{poolMembersAddresses: array}", "{label: string}", "label is documented; delete it"),
        ("_shared", "free_text: [tag,", "free_text: [tags,", "no path parameter 'tags'; nearest: tag"),
        (
            "_shared",
            'slashed: ["/backup-archives/{id}"]',
            'slashed: ["/backup-archive/{id}"]',
            "no path .*/backup-archives",
        ),
        ("_shared", "task_collections: [tasks,", "task_collections: [task,", "no collection 'task'; nearest: tasks"),
        ("_shared", "- license_expiry", "- license_expires", "no property 'license_expires'; nearest: license_expiry"),
        ("_shared", "      ioThroughput:", "      ioThroughputs:", "no series 'ioThroughputs'; nearest: ioThroughput"),
        ("_shared", "      - updatedAt", "      - startTime", "startTime is in it twice"),
        ("_shared", "states: [power_state,", "states: [powerstate,", "no property 'powerstate'; nearest: power_state"),
    ],
)
def test_a_decision_about_what_xo_does_is_held_against_the_contract(
    tmp_path: Path, file: str, old: str, new: str, complaint: str
):
    folder = tmp_path / "overrides"
    shutil.copytree(OVERRIDES, folder)
    path = folder / f"{file}.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(OverrideError, match=complaint):
        build_model(load_documents(newest_spec(SPECS)), load_overrides(folder), load_history(SPECS))

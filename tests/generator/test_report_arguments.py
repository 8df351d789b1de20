"""What is declared about arguments of reports: each says what it names, checked against the contract."""

from typing import Any

import pytest
from pydantic import ValidationError

from generator.errors import OverrideError
from generator.history.history import load_history
from generator.layout import OVERRIDES, SPECS
from generator.model.builder import build_model
from generator.model.inventory.reportdecisions import Report
from generator.model.inventory.reports import Question, report_tools
from generator.model.model import Model
from generator.model.overrides import load_overrides
from generator.specs.releases import load_releases
from generator.specs.specs import load_documents, newest_spec

TEXT = {"type": "string"}


@pytest.fixture(scope="module")
def model() -> Model:
    documents = load_documents(newest_spec(SPECS))
    return build_model(documents, load_overrides(OVERRIDES), load_history(SPECS), load_releases(SPECS).values())


def question(model: Model, **argument: Any) -> Question:
    parts = {"vms": {"title": "VMs", "sql": "SELECT id FROM vms WHERE id = :thing"}}
    declared = {"title": "T", "description": "D.", "arguments": {"thing": {"schema": TEXT, **argument}}, "parts": parts}
    report = Report.model_validate(declared)
    tools = [tool for module in model.modules for tool in module.tools]
    return report_tools({"show_x": ("reports", report)}, model.inventory, tools, load_history(SPECS))[0][0]


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ({"kind": "vmz"}, ("there is no collection 'vmz'", "vms")),
        ({"kind": "object"}, ("there is no collection 'object'", "objects")),
        ({"tag_of": "vmz"}, ("No such table: vmz", "vms")),
        ({"tag_of": "users"}, ("No such column",)),
    ],
)
def test_what_an_argument_names_must_be_there(model: Model, argument: dict[str, Any], expected: tuple[str, ...]):
    with pytest.raises(OverrideError) as error:
        question(model, **argument)
    assert all(each in str(error.value) for each in (*expected, "reports.yaml, show_x, thing"))


def test_a_text_must_say_what_it_names():
    arguments = {"thing": {"schema": TEXT}}
    with pytest.raises(ValidationError, match="thing needs `kind` or `tag_of`"):
        Report.model_validate({"title": "T", "description": "D.", "arguments": arguments, "parts": {}})


def test_each_kind_of_argument_becomes_data(model: Model):
    assert question(model, kind="hosts").kinds == {"thing": "hosts"}
    free = question(model, kind="none")
    assert (free.kinds, free.lookups) == ({}, {})
    assert question(model, tag_of="vm_templates").lookups["thing"]["says"] == "No VM template has the tag"
    assert question(model, kind="objects").lookups["thing"]["says"].startswith("No object")

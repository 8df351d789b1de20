"""The command line: what it prints, its exit codes, and no traceback for a user's mistake."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from newest import NEWEST, NEXT

from generator.commands.cli import main
from generator.layout import ROOT

HAZARDS = Path(__file__).resolve().parent.parent / "hazards"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_builds_a_strangers_document(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    spec = str(HAZARDS / "binary-and-text.yaml")
    code, out, _ = run(capsys, "build", "--spec", spec, "--out", str(tmp_path / "out"), "--json")
    assert code == 0
    assert json.loads(out)["tools"] == 3
    assert (tmp_path / "out" / "xo_mcp" / "tools" / "a.py").is_file()


def test_says_what_it_built(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    spec = str(HAZARDS / "binary-and-text.yaml")
    code, _, err = run(capsys, "build", "--spec", spec, "--out", str(tmp_path / "out"))
    assert code == 0
    assert err.startswith("3 tools in ")
    assert "not curated: 3 tools, which" in err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("build", "--spec", "nowhere.json"), "nowhere.json"),
        (("build", "--spec", str(HAZARDS / "ref-to-file.yaml")), "secrets.json"),
        (("report", "--overrides", "nowhere"), "no such folder"),
        (("explain", "list_vmz"), "nearest: list_vms"),
        (("explain", "GET /vmz"), "nearest:.*GET /vms"),
        (("import", "--file", "nowhere.json", "--release", NEXT), "nowhere.json"),
        (("import", "--file", "nowhere.json", "--insecure"), "--insecure: is about the connection to a live XO"),
        (("build", "--ca-file", "ca.pem"), "--ca-file: is about the connection to a live XO"),
        (("build", "--out", "/etc/hostname/x"), "/etc/hostname: cannot be written"),
        (("build", "--out", "/proc/foo/bar"), "/proc/foo: cannot be written"),
        (("upgrade", "--from", "x.json", "--release", "6.5", "--no-tests"), f"6.5 is older than {NEWEST.name}"),
    ],
)
def test_a_mistake_is_one_clear_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: tuple[str, ...], complaint: str
):
    extra = ("--out", str(tmp_path / "out")) if arguments[0] in ("build", "import") and "--out" not in arguments else ()
    code, out, err = run(capsys, *arguments, *extra)
    assert code == 2
    assert out == ""
    assert "Traceback" not in err
    assert __import__("re").search(complaint, err.replace("\n", " "))
    code, out, _ = run(capsys, *arguments, *extra, "--json")
    assert code == 2
    assert set(json.loads(out)) == {"error", "place", "hint"}


def test_a_comparison_without_a_live_xo_takes_no_word_about_its_connection(capsys: pytest.CaptureFixture[str]):
    code, _, err = run(capsys, "diff", "6.6", "6.7", "--insecure")
    assert code == 3
    assert "--insecure: is about the connection to a live XO" in err


def test_explains_a_tool_by_name_and_by_operation(capsys: pytest.CaptureFixture[str]):
    code, out, _ = run(capsys, "explain", "start_vm", "--json")
    assert code == 0
    (entry,) = json.loads(out)
    assert entry["operation"] == "POST /vms/{id}/actions/start"
    assert entry["effect"] == "write"
    assert entry["privileges"] == ["vm:start", "host:allow-vm?"]
    assert entry["arguments"]["hostId"]["sent_in"] == "body"
    assert json.loads(run(capsys, "explain", "POST  /vms/{id}/actions/start", "--json")[1]) == [entry]


def test_explains_a_tool_by_its_operation_id_and_a_fact_a_line(capsys: pytest.CaptureFixture[str]):
    code, out, _ = run(capsys, "explain", "StartVm")
    assert code == 0
    lines = out.splitlines()
    assert "tool             start_vm" in lines
    assert "privileges       vm:start, host:allow-vm?" in lines
    assert '  hostId (body, optional): {"type": "string", "description": "list_hosts"}' in lines
    assert next(line for line in lines if line.startswith("description")).endswith("unpause_vm.")
    assert "limit (extra, default 50)" in run(capsys, "explain", "list_vms")[1]
    code, out, _ = run(capsys, "explain", "GET /docs/swagger.json")
    assert code == 0
    assert "dropped     The contract itself" in out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("build", "--spec", "a.json", "--xo-url", "https://xo"), "not allowed with argument --spec"),
        (("import", "--npm", "latest", "--release", NEXT, "--date", "yesterday"), "'yesterday' is not a date"),
        (("upgrade", "--from", "npm", "--release", NEXT, "--date", "20260830"), "'20260830' is not a date"),
    ],
)
def test_what_the_command_line_itself_refuses(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], complaint: str
):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err


def test_explains_a_split_and_a_drop(capsys: pytest.CaptureFixture[str]):
    split = json.loads(run(capsys, "explain", "GET /vms/{id}.{format}", "--json")[1])
    assert {"export_vm_xva", "export_vm_ova"} <= {entry["tool"] for entry in split}
    (drop,) = json.loads(run(capsys, "explain", "GET /docs/swagger.json", "--json")[1])
    assert drop["tool"] is None
    assert drop["dropped"]


def test_reports_for_people_and_for_scripts(capsys: pytest.CaptureFixture[str]):
    code, out, _ = run(capsys, "report")
    assert code == 0
    assert str(NEWEST.operations) in out
    assert "GET /docs/swagger.json" in out
    assert json.loads(run(capsys, "report", "--json")[1])["operations"] == NEWEST.operations


def test_check_names_what_is_out_of_date(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    out = tmp_path / "out"
    assert main(["build", "--out", str(out), "--json"]) == 0
    (out / "TOOLS.md").write_text("edited by hand")
    (out / "xo_mcp" / "extra.py").write_text("")
    (out / "LICENSE").unlink()
    code, printed, _ = run(capsys, "check", "--out", str(out), "--json")
    assert code == 1
    found = json.loads(printed[printed.index('{\n  "output"') :])
    assert found["output"] == ["LICENSE is missing", "xo_mcp/extra.py should not be there", "TOOLS.md differs"]


def test_one_finding_is_no_findings_and_no_line_is_wrapped(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    out = tmp_path / "out" / ("x" * 80)
    assert main(["build", "--out", str(out)]) == 0
    built = capsys.readouterr().err
    assert f"files under {out}; all modules import (" in built
    (out / "LICENSE").unlink()
    code, _, err = run(capsys, "check", "--out", str(out))
    assert code == 1
    assert "1 finding; `make regenerate` mends" in err


def test_check_fails_on_uncurated_tools(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    spec, out = str(HAZARDS / "binary-and-text.yaml"), str(tmp_path / "out")
    assert main(["build", "--spec", spec, "--out", out, "--json"]) == 0
    capsys.readouterr()
    code, printed, _ = run(capsys, "check", "--spec", spec, "--out", out, "--json")
    assert code == 1
    found = json.loads(printed)
    assert found["output"] == found["schemas"] == []
    assert any("GET /disk" in line for line in found["curation"])


def test_a_build_needs_every_effect_decided(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    parameter = {"in": "path", "name": "id", "required": True, "schema": {"type": "string"}}
    actions = {
        f"/things/{{id}}/actions/{verb}": {
            "post": {"tags": ["things"], "parameters": [parameter], "responses": {"204": {"description": ""}}}
        }
        for verb in ("frobnicate", "polish")
    }
    (tmp_path / "api.json").write_text(
        json.dumps({"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "paths": actions})
    )
    decisions = tmp_path / "overrides"
    decisions.mkdir()
    file = decisions / "things.yaml"
    file.write_text("operations:\n  POST /things/{id}/actions/polish: {effect: write}\n")
    out = tmp_path / "out"
    command = ["build", "--spec", str(tmp_path / "api.json"), "--overrides", str(decisions), "--out", str(out)]
    code, _, said = run(capsys, *command)
    assert code == 2
    assert "POST /things/{id}/actions/frobnicate (frobnicate_thing)" in said
    assert "polish" not in said
    assert "effect: read|write|destructive|grants_access" in said
    assert not out.exists()

    code, _, said = run(capsys, *command, "--draft")
    assert code == 0
    assert "destructive as long as nobody decides what they do: 1 tool\n" in said
    drafted = json.loads((out / "xo_mcp" / "definitions" / "things.json").read_text())
    hints = {entry["tool"]["name"]: entry["tool"]["annotations"]["destructiveHint"] for entry in drafted["tools"]}
    assert hints == {"frobnicate_thing": True, "polish_thing": False}

    file.write_text(file.read_text() + "  POST /things/{id}/actions/frobnicate: {effect: read}\n")
    assert main([*command, "--json"]) == 0


def test_a_tree_that_is_up_to_date_needs_nothing_that_makes_a_model():
    code = "import sys, generator.commands.cli; print(*sorted({'pydantic', 'jsonschema', 'jinja2'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "\n"

"""What `deploy/` gives operators: manifests that Kubernetes takes, names that exist."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from ruamel.yaml import YAML
from xo_mcp.config.options import OPTIONS
from xo_mcp.definitions import load_entries
from xo_mcp.web.http import HEALTH, READY

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
VARIABLES = {option.env for option in OPTIONS}


def documents(file: Path) -> list[dict[str, Any]]:
    return [json.loads(json.dumps(each)) for each in YAML(typ="safe").load_all(file.read_text(encoding="utf-8"))]


def manifests() -> list[dict[str, Any]]:
    listed = documents(KUBERNETES / "kustomization.yaml")[0]["resources"]
    return [each for name in listed for each in documents(KUBERNETES / name)]


@pytest.mark.parametrize("manifest", manifests(), ids=lambda each: f"{each['kind']}-{each['metadata']['name']}")
def test_kubernetes_takes_each_manifest(manifest: dict[str, Any]):
    kubernetes_validate.validate(manifest, "1.31", strict=True)


def test_a_wrong_manifest_is_noticed():
    manifest = next(each for each in manifests() if each["kind"] == "Deployment")
    manifest["spec"]["replicas"] = "two"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifest, "1.31", strict=True)


def test_every_file_of_the_folder_is_listed():
    listed = {*documents(KUBERNETES / "kustomization.yaml")[0]["resources"], "kustomization.yaml", "config.env"}
    assert {file.name for file in KUBERNETES.iterdir()} == listed


def test_variables_and_probes_are_the_servers():
    files = [KUBERNETES / "config.env", KUBERNETES / "deployment.yaml", DEPLOY / "compose.yaml"]
    named = {name for file in files for name in re.findall(r"\bXO_[A-Z_]+\b", file.read_text(encoding="utf-8"))}
    assert named
    assert named <= VARIABLES
    text = (KUBERNETES / "deployment.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"httpGet: \{path: (\S+),", text)) <= {*HEALTH, READY}


def test_the_unit_writes_no_core_file_sees_no_other_process_and_is_bounded():
    unit = (DEPLOY / "xen-orchestra-mcp.service").read_text(encoding="utf-8").splitlines()
    assert {
        "LimitCORE=0", "ProcSubset=pid", "ProtectProc=invisible", "MemorySwapMax=0", "NoNewPrivileges=yes",
        "ProtectSystem=strict", "DynamicUser=yes", "CapabilityBoundingSet=", "UMask=0077", "StateDirectoryMode=0700",
    } <= {*unit}  # fmt: skip
    for bound in (r"MemoryHigh=\d+[MG]", r"MemoryMax=\d+[MG]", r"TasksMax=\d+", r"LimitNOFILE=\d+"):
        assert any(re.fullmatch(bound, line) for line in unit), bound


def test_containers_run_without_rights_and_with_a_bound():
    compose = documents(DEPLOY / "compose.yaml")[0]["services"]
    workers = [each for name, each in compose.items() if name.startswith("worker")]
    assert len(workers) == 2
    assert all(each["read_only"] and each["cap_drop"] == ["ALL"] and each["mem_limit"] for each in workers)
    for manifest in manifests():
        if manifest["kind"] == "Deployment":
            pod = manifest["spec"]["template"]["spec"]
            assert pod["securityContext"]["runAsNonRoot"]
            for container in pod["containers"]:
                assert container["resources"]["limits"]["memory"]
                assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_the_bundle_starts_with_what_its_user_is_asked_for(tmp_path: Path):
    made = subprocess.run(
        [sys.executable, str(DEPLOY / "bundle.py"), str(tmp_path)], capture_output=True, text=True, check=True
    )
    inside = tmp_path / "inside"
    with zipfile.ZipFile(made.stdout.strip()) as archive:
        archive.extractall(inside)
    manifest = json.loads((inside / "manifest.json").read_text(encoding="utf-8"))
    asked = set(re.findall(r"\$\{user_config\.(\w+)\}", json.dumps(manifest["server"])))
    assert asked == set(manifest["user_config"])
    assert manifest["user_config"]["token"]["sensitive"]
    assert set(manifest["server"]["mcp_config"]["env"]) <= VARIABLES
    assert (inside / manifest["server"]["entry_point"]).is_file()
    shown = subprocess.run(
        [sys.executable, "-m", "xo_mcp", "--version"], cwd=inside, capture_output=True, text=True, check=True
    )
    assert manifest["version"] in shown.stdout


def test_the_skill_names_tools_that_exist():
    text = (DEPLOY / "skill" / "SKILL.md").read_text(encoding="utf-8")
    named = set(
        re.findall(r"`((?:check|find|show|rank|review|recent|summarize|list|query|describe|run|get)_[a-z_]+)`", text)
    )
    named -= {"list_", "get_"}
    assert len(named) > 15
    assert named <= {entry.name for entry in load_entries()}

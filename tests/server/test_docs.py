"""What the documents tell is so: links lead somewhere, settings and files exist, examples parse, figures are right."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from newest import NEWEST
from xo_mcp.config.config import resolve
from xo_mcp.config.options import OPTIONS
from xo_mcp.definitions import load_entries
from xo_mcp.safety.policy import offer
from xo_mcp.server.surface import definitions

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md", "generated/README.md")
README = (ROOT / "README.md").read_text()
ROUGHLY = 0.1
"""How far a release may move a figure of the README before somebody must write it anew."""
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
OF_OTHERS = {"--env", "--from", "--no-deps", "--shell", "--user"}
"""Flags of claude, uvx, pip and argcomplete."""
OF_COMMANDS = {
    flag
    for folder in ("templates/xo_mcp/program", "tests/jobs")
    for path in (ROOT / folder).glob("*.py")
    for flag in FLAG.findall(path.read_text())
}
"""Of commands such as `audit` and `report`, which have flags of their own, and of the jobs that tests do."""
OF_THE_GENERATOR = {flag for path in (ROOT / "generator").rglob("*.py") for flag in FLAG.findall(path.read_text())}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_to_files(name: str):
    text = (ROOT / name).read_text()
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target]
    assert [target for target in targets if not (ROOT / name).parent.joinpath(target).exists()] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_settings_exist(name: str):
    text = (ROOT / name).read_text()
    flags = set(FLAG.findall(text))
    variables = {found.rstrip("_") for found in re.findall(r"\bXO_[A-Z_]+\b", text)}
    ours = {option.flag for option in OPTIONS} | {"--help", "--json"}
    ours |= {f"--no-{option.name.replace('_', '-')}" for option in OPTIONS if option.kind == "switch"}
    assert flags <= ours | OF_OTHERS | OF_COMMANDS | OF_THE_GENERATOR
    assert variables <= {option.env for option in OPTIONS} | {"XO_ADMIN_TOKEN"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_of_a_single_machine_or_registry_is_named(name: str):
    text = (ROOT / name).read_text().lower()
    hosts = (("pypi", "org"), ("npmjs", "com"), ("docker", "io"), ("ghcr", "io"))
    for word in (*(".".join(host) for host in hosts), "localhost:"):
        assert word not in text


@pytest.mark.parametrize("name", ["README.md", "generated/README.md"])
def test_examples_of_configuration_are_json_that_the_server_takes(name: str):
    blocks = re.findall(r"```json\n(.*?)```", (ROOT / name).read_text(), re.DOTALL)
    assert blocks
    for block in blocks:
        data = json.loads(block)
        (server,) = (data.get("mcpServers") or data["servers"]).values()
        if "command" in server:
            assert server["command"] == "xen-orchestra-mcp"
            assert resolve({}, server["env"]).url == "https://xo.example.org"


def test_the_habits_the_documents_name_are_there():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|\$ )make ([a-z ]+?)(?:`| {2}|\n|#| [A-Z]+=)", README))
    assert named
    assert {habit for names in named for habit in names.split()} <= targets


@pytest.mark.parametrize(
    ("start", "flags"),
    [
        ("nothing", {}),
        ("`--enable-actions`", {"enable_actions": True}),
        ("`--toolsets all`", {"toolsets": "all"}),
        (
            "`--toolsets all --enable-actions --allow-denied`",
            {"toolsets": "all", "enable_actions": True, "allow_denied": True},
        ),
        (
            "the same with `--surface search`",
            {"toolsets": "all", "enable_actions": True, "allow_denied": True, "surface": "search"},
        ),
    ],
)
def test_the_figures_of_the_surfaces_are_right(start: str, flags: dict[str, object]):
    (row,) = re.findall(rf"^\| {re.escape(start)} \| (\d+) \| ([\d,]+) \|$", README, re.MULTILINE)
    config = resolve(flags, {})
    shown = definitions(offer(load_entries(), config), config)
    size = len(json.dumps({"tools": shown}, separators=(",", ":"), ensure_ascii=False).encode())
    print(f"{start}: {len(shown)} tools, {size} bytes")
    assert int(row[0]) == pytest.approx(len(shown), rel=ROUGHLY)
    assert int(row[1].replace(",", "")) == pytest.approx(size, rel=ROUGHLY)


def test_the_comparison_has_the_same_figures():
    figures = re.findall(r"^\| (?:nothing|`--.*`|the same.*) \| \d+ \| ([\d,]+) \|$", README, re.MULTILINE)
    assert f"| {figures[0]} by default, {figures[-2]} for everything, {figures[-1]} with search |" in README


def test_registries_learn_what_the_package_is():
    from xo_mcp.release import VERSION

    server = json.loads((ROOT / "generated/server.json").read_text())
    (package,) = server["packages"]
    assert server["version"] == package["version"] == VERSION
    lock = json.loads((ROOT / "generated/lock.json").read_text())
    assert (lock["version"], lock["xo_release"]) == (VERSION, NEWEST.name)
    assert len(server["description"]) <= 100
    # Without this mark, a registry does not believe that the package belongs to the name.
    assert f"mcp-name: {server['name']} " in (ROOT / "generated/README.md").read_text()
    assert {each["name"] for each in package["environmentVariables"]} <= {option.env for option in OPTIONS}
    project = tomllib.loads((ROOT / "generated/pyproject.toml").read_text())["project"]
    assert project["name"] == package["identifier"]
    assert (ROOT / "generated" / project["readme"]).exists()


def test_the_version_is_semantic_and_the_changelog_has_a_section_for_each_release():
    from xo_mcp.release import VERSION

    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    released = [
        re.fullmatch(r"(\d+)\.(\d+)\.(\d+) - \d{4}-\d\d-\d\d", each) for each in headings if each != "Unreleased"
    ]
    assert released
    assert all(released)
    numbers = [tuple(map(int, each.groups())) for each in released if each]
    assert numbers == sorted(numbers, reverse=True)
    assert tuple(map(int, VERSION.split("."))) >= numbers[0]


def test_the_speeds_of_the_readme_were_measured():
    results = (ROOT / "tests/bench/RESULTS.md").read_text()
    section = README.partition("## How fast is it")[2].partition("\nMeasured by")[0]
    reported = re.findall(r"[\d.,]+ (?:s|ms|MiB/s|MiB)\b", section)
    assert len(reported) > len(section.splitlines())
    assert [figure for figure in reported if not re.search(rf"(?<![\d.]){re.escape(figure)}(?![/\w])", results)] == []


def test_a_missed_goal_of_the_benchmarks_is_marked_and_a_met_one_is_not():
    results = (ROOT / "tests/bench/RESULTS.md").read_text()
    goals = re.findall(r"\| \+?([\d.,]+)[^|]* \| at (most|least) ([\d.]+)[^|:]*(: MISSED)? \|\n", results)
    assert len(goals) == len(re.findall(r"at (?:most|least) [^|]*\|\n", results)) > 0
    for measured, which, goal, missed in goals:
        ratio, bound = float(measured.replace(",", "")), float(goal)
        # The ratio is rounded, the verdict is not.
        if abs(ratio - bound) > 0.01:
            assert bool(missed) is (ratio > bound if which == "most" else ratio < bound), (measured, which, goal)

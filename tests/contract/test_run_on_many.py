"""One tool on many objects: what is asked, what is sent, what the answer says; and who tries to get around it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from desk import Desk, Person, text_of, variables
from fake_xo import FakeXo
from mcp.types import CallToolResult
from xo_mcp.server import question
from xo_mcp.server.many import AT_ONCE

ASKING = {"XO_MCP_CONFIRM": "destructive"}


@pytest.fixture
def fake() -> Iterator[FakeXo]:
    with FakeXo(vms=60, lag=0, task_seconds=0) as running:
        yield running


def tagged(fake: FakeXo, tag: str) -> list[str]:
    return [vm["id"] for vm in fake.xo.store.every("vms") if tag in vm["tags"]]


def by_tag(tag: str) -> dict[str, str]:
    return {"sql": f"SELECT id FROM vms WHERE EXISTS (SELECT 1 FROM json_each(tags) WHERE value = '{tag}') ORDER BY id"}


def data_of(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, text_of(result)
    assert result.structured_content is not None
    return dict(result.structured_content)


def changes(fake: FakeXo) -> list[str]:
    return [f"{seen.method} {seen.path}" for seen in fake.requests if seen.method != "GET"]


def test_many_are_tagged_by_sql_in_one_call(fake: FakeXo):
    wanted = tagged(fake, "prod")
    with Desk(variables(fake, **ASKING), person=Person("decline")) as desk:
        answer = data_of(desk.call("run_on_many", tool="add_vm_tag", targets=by_tag("prod"), arguments={"tag": "seen"}))
    assert answer["targets"] == answer["done"] == len(wanted)
    assert {each["id"] for each in answer["results"]} == set(wanted)
    assert set(tagged(fake, "seen")) == set(wanted)


def test_names_and_ids_may_be_mixed_and_doubles_are_done_once(fake: FakeXo):
    first, second = fake.xo.store.every("vms")[:2]
    targets = [first["name_label"], second["id"], first["id"], second["id"].upper()]
    with Desk(variables(fake)) as desk:
        answer = data_of(desk.call("run_on_many", tool="add_vm_tag", targets=targets, arguments={"tag": "x"}))
    assert answer["targets"] == 2
    assert any("named twice" in note for note in answer["_notes"])
    assert len(changes(fake)) == 2


def test_one_question_names_the_objects_and_sums_up_what_goes_with_them(fake: FakeXo):
    vms = [vm for vm in fake.xo.store.every("vms") if vm["power_state"] == "Halted"][:3]
    person = Person()
    with Desk(variables(fake, **ASKING), person=person) as desk:
        answer = data_of(desk.call("run_on_many", tool="delete_vm", targets=[vm["id"] for vm in vms]))
    (question,) = person.asked
    assert question.startswith("Delete VM: 3 objects: ")
    for vm in vms:
        assert f'"{vm["name_label"]}" ({vm["id"]}, Halted)' in question
    assert "Disks deleted with it (" in question
    assert answer["done"] == 3
    assert all(fake.record("vms", vm["id"]) is None for vm in vms)


def test_each_of_many_is_named(fake: FakeXo):
    vms = fake.xo.store.every("vms")
    person = Person("decline")
    with Desk(variables(fake, **ASKING), person=person) as desk:
        desk.call("run_on_many", tool="hard_shutdown_vm", targets=[vm["id"] for vm in vms])
    assert len(vms) > 20
    assert f"{len(vms)} objects: " in person.asked[0]
    for vm in vms:
        assert f'"{vm["name_label"]}" ({vm["id"][:8]}, {vm["power_state"]})' in person.asked[0]
    assert changes(fake) == []


def test_more_than_a_person_can_be_shown_is_refused(fake: FakeXo, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(question, "LONGEST_OF_MANY", 2_000)
    person = Person()
    with Desk(variables(fake, **ASKING), person=person) as desk:
        reported = desk.call("run_on_many", tool="hard_shutdown_vm", targets={"sql": "SELECT id FROM vms"})
    assert "more than can be shown" in text_of(reported)
    assert (person.asked, changes(fake)) == ([], [])


def test_a_rehearsal_shows_requests_and_sends_none(fake: FakeXo):
    vms = fake.xo.store.every("vms")[:2]
    names = [vm["name_label"] for vm in vms]
    with Desk(variables(fake, **ASKING), person=Person("decline")) as desk:
        reported = data_of(
            desk.call("run_on_many", tool="snapshot_vm", targets=names, arguments={"name_label": "s"}, dry_run=True)
        )
        called = data_of(desk.call("run_on_many", tool="eject_vm_cd", targets=names, dry_run=True))
    requests = [each["request"] for each in reported["results"]]
    assert requests == [
        {"method": "POST", "path": f"/vms/{vm['id']}/actions/snapshot", "body": {"name_label": "s"}} for vm in vms
    ]
    assert [each["request"]["path"] for each in called["results"]] == ["vm.ejectCd"] * 2
    assert changes(fake) == []


def test_methods_of_json_rpc_run_on_many_too(fake: FakeXo):
    ids = [vm["id"] for vm in fake.xo.store.every("vms")[:3]]
    with Desk(variables(fake)) as desk:
        answer = data_of(desk.call("run_on_many", tool="set_vm_boot_order", targets=ids, arguments={"order": "cdn"}))
    assert answer["done"] == 3, answer


@pytest.mark.parametrize(("on_error", "begun"), [("stop", False), ("continue", True)])
def test_what_fails_is_reported_and_stops_or_does_not(fake: FakeXo, on_error: str, begun: bool):
    vms = fake.xo.store.every("vms")[:12]
    fake.fault(f"* /vms/{vms[2]['id']}/tags/x", "status-500", times=None)
    ids = [vm["id"] for vm in vms]
    with Desk(variables(fake)) as desk:
        answer = data_of(
            desk.call("run_on_many", tool="add_vm_tag", targets=ids, arguments={"tag": "x"}, on_error=on_error)
        )
    assert answer["failed"] == 1
    (failed,) = [each for each in answer["results"] if each["status"] == "failed"]
    assert failed["id"] == vms[2]["id"]
    assert failed["error"]
    assert (answer["done"] == 11) == begun
    assert answer.get("not_begun", 0) == (0 if begun else 12 - 1 - answer["done"])


def test_two_hundred_and_one_are_too_many(fake: FakeXo):
    with Desk(variables(fake)) as desk:
        ids = [f"00000000-0000-4000-8000-{number:012d}" for number in range(201)]
        listed = desk.call("run_on_many", tool="start_vm", targets=ids)
        sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 201) SELECT i AS id FROM n"
        selected = desk.call("run_on_many", tool="start_vm", targets={"sql": sql})
    assert listed.is_error
    assert selected.is_error
    assert "more than 200" in text_of(selected)
    assert changes(fake) == []


def test_sql_that_selects_another_kind_is_refused(fake: FakeXo):
    with Desk(variables(fake)) as desk:
        answer = desk.call("run_on_many", tool="start_vm", targets={"sql": "SELECT id FROM hosts"})
        nothing = desk.call("run_on_many", tool="start_vm", targets={"sql": "SELECT id FROM vms WHERE 0"})
        unnamed = desk.call("run_on_many", tool="start_vm", targets={"sql": "SELECT name_label FROM vms"})
    for result in (answer, nothing, unnamed):
        assert result.is_error
    assert "other than a VM" in text_of(answer)
    assert "must select `id`" in text_of(unnamed)
    assert changes(fake) == []


def test_a_name_that_two_have_and_one_that_looks_like_an_id(fake: FakeXo):
    first, second, third = fake.xo.store.every("vms")[:3]
    fake.change("vms", second["id"], name_label=first["name_label"])
    fake.change("vms", third["id"], name_label="00000000-0000-4000-8000-000000000000")
    with Desk(variables(fake)) as desk:
        twice = desk.call("run_on_many", tool="start_vm", targets=[first["name_label"]])
        like = desk.call("run_on_many", tool="start_vm", targets=["00000000-0000-4000-8000-000000000000"])
    assert first["id"] in text_of(twice)
    assert second["id"] in text_of(twice)
    assert like.is_error
    assert changes(fake) == []


def test_targets_that_change_after_the_question_are_asked_about_anew(fake: FakeXo):
    with Desk(variables(fake, **ASKING)) as desk:
        asked = data_of(desk.call("run_on_many", tool="hard_shutdown_vm", targets=by_tag("critical")))
        assert asked["status"] == "confirmation_needed"
        other = next(vm for vm in fake.xo.store.every("vms") if "critical" not in vm["tags"])
        fake.change("vms", other["id"], tags=["critical"])
        again = data_of(
            desk.call(
                "run_on_many",
                tool="hard_shutdown_vm",
                targets=by_tag("critical"),
                confirm_token=asked["confirm_token"],
            )
        )
    assert again["status"] == "confirmation_needed"
    assert other["name_label"] in again["question"]
    assert changes(fake) == []


def test_a_change_behind_the_twenty_that_are_named_is_noticed_too(fake: FakeXo):
    sql = {"sql": "SELECT id FROM vms ORDER BY name_label"}
    last = max(fake.xo.store.every("vms"), key=lambda vm: vm["name_label"])
    fake.xo.store.seed("vms", [last | {"id": "z" * 8, "uuid": "z" * 8, "name_label": "zz-1"}])
    with Desk(variables(fake, **ASKING)) as desk:
        asked = data_of(desk.call("run_on_many", tool="pause_vm", targets=sql))
        fake.xo.store.remove("vms", "z" * 8)
        fake.xo.store.seed("vms", [last | {"id": "y" * 8, "uuid": "y" * 8, "name_label": "zz-1"}])
        again = data_of(desk.call("run_on_many", tool="pause_vm", targets=sql, confirm_token=asked["confirm_token"]))
    assert again["status"] == "confirmation_needed"
    assert changes(fake) == []


def test_a_confirmation_is_good_for_its_own_set_and_once(fake: FakeXo):
    first, second = [vm["id"] for vm in fake.xo.store.every("vms") if vm["power_state"] == "Halted"][:2]
    with Desk(variables(fake, **ASKING)) as desk:
        token = data_of(desk.call("run_on_many", tool="delete_vm", targets=[first]))["confirm_token"]
        other = desk.call("run_on_many", tool="delete_vm", targets=[second], confirm_token=token)
        single = desk.call("delete_vm", id=first, confirm_token=token)
        assert other.is_error
        assert single.is_error
        assert changes(fake) == []
        done = data_of(desk.call("run_on_many", tool="delete_vm", targets=[first], confirm_token=token))
        assert done["done"] == 1
        again = desk.call("run_on_many", tool="delete_vm", targets=[first], confirm_token=token)
        assert again.is_error


@pytest.mark.parametrize(
    ("tool", "settings"),
    [
        ("delete_vm", {"XO_MCP_DISABLE_DESTRUCTIVE": "1"}),
        ("delete_vm", {"XO_MCP_EXCLUDE_TOOLS": "delete_vm"}),
        ("clean_shutdown_host", {"XO_MCP_ALLOW_DENIED": "0"}),
        ("list_vms", {}),
        ("run_on_many", {}),
        ("create_vdi", {}),
        ("import_vdi_to_existing", {}),
        ("no_such_tool", {}),
    ],
)
def test_only_what_may_be_called_by_itself_may_be_called_on_many(fake: FakeXo, tool: str, settings: dict[str, str]):
    vm = fake.xo.store.every("vms")[0]
    with Desk(variables(fake, **settings)) as desk:
        answer = desk.call("run_on_many", tool=tool, targets=[vm["id"]])
    assert answer.is_error, text_of(answer)
    assert text_of(answer).startswith("Nothing was done: ")
    assert changes(fake) == []


def test_arguments_are_checked_before_anything_is_sent(fake: FakeXo):
    ids = [vm["id"] for vm in fake.xo.store.every("vms")[:2]]
    with Desk(variables(fake)) as desk:
        wrong = desk.call("run_on_many", tool="add_vm_tag", targets=ids, arguments={"tags": "x"})
        twice = desk.call("run_on_many", tool="add_vm_tag", targets=ids, arguments={"tag": "x", "id": ids[0]})
    assert "add_vm_tag has no argument" in text_of(wrong)
    assert "`targets` gives `id`" in text_of(twice)
    assert changes(fake) == []


def test_each_object_has_its_line_in_the_audit_log(fake: FakeXo, tmp_path: Path):
    ids = [vm["id"] for vm in fake.xo.store.every("vms")[:3]]
    log = tmp_path / "audit.log"
    with Desk(variables(fake, XO_MCP_AUDIT_LOG=str(log))) as desk:
        desk.look()
        desk.call("run_on_many", tool="add_vm_tag", targets=ids, arguments={"tag": "x"})
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    (outer,) = {line["call"] for line in lines if line["tool"] == "run_on_many"}
    each = [line for line in lines if line["tool"] == "add_vm_tag" and line["outcome"] == "done"]
    assert {line["arguments"]["id"] for line in each} == set(ids)
    assert {line["many"] for line in each} == {outer}


def test_progress_counts_the_objects_that_are_done(fake: FakeXo):
    said: list[tuple[float, float | None, str | None]] = []

    async def heard(done: float, total: float | None, message: str | None) -> None:
        said.append((done, total, message))

    ids = [vm["id"] for vm in fake.xo.store.every("vms")[:5]]
    with Desk(variables(fake)) as desk:
        arguments = {"tool": "add_vm_tag", "targets": ids, "arguments": {"tag": "x"}}
        desk.within(desk.client.call_tool, "run_on_many", arguments, progress_callback=heard)
    assert [message for _, _, message in said] == [f"{done} of 5" for done in range(1, 6)]
    assert [done for done, _, _ in said] == [1, 2, 3, 4, 5]


def test_who_cancels_in_the_middle_stops_what_has_not_begun(fake: FakeXo):
    fake.options.task_seconds = 0.2
    ids = [vm["id"] for vm in fake.xo.store.every("vms")[:40]]
    arguments = {"tool": "snapshot_vm", "targets": ids}

    async def cut(desk: Desk) -> None:
        with anyio.CancelScope() as scope:

            async def heard(done: float, _: float | None, __: str | None) -> None:
                if done:
                    scope.cancel()

            await desk.client.call_tool("run_on_many", arguments, progress_callback=heard)
        assert scope.cancelled_caught

    with Desk(variables(fake)) as desk:
        desk.within(cut, desk)
        begun = len(changes(fake))
        desk.within(anyio.sleep, 0.6)  # longer than what runs takes
        assert 0 < begun < len(ids)
        assert len(changes(fake)) <= begun + AT_ONCE
        assert not desk.call("list_vms", limit=1).is_error


def test_names_in_arguments_are_of_the_pool_of_the_targets(fake: FakeXo):
    network = fake.xo.store.every("networks")[1]
    other = "00000000-0000-4000-8000-000000000000"
    fake.xo.store.seed("networks", [network | {"id": other, "uuid": other, "$pool": other, "$poolId": other}])
    vifs = [vif["id"] for vif in fake.xo.store.every("vifs")[:2]]
    with Desk(variables(fake)) as desk:
        answer = data_of(
            desk.call(
                "run_on_many",
                tool="move_vif",
                targets=vifs,
                arguments={"network": network["name_label"]},
                dry_run=True,
            )
        )
    assert [each["request"]["body"]["network"] for each in answer["results"]] == [network["id"]] * 2


def test_the_answer_says_what_moved(fake: FakeXo):
    for sr in fake.xo.store.every("srs"):
        fake.change("srs", sr["id"], shared=True)
    first, second = fake.xo.store.every("hosts")
    vms = [
        vm for vm in fake.xo.store.every("vms") if vm["$container"] == first["id"] and vm["power_state"] == "Running"
    ]
    with Desk(variables(fake)) as desk:
        answer = data_of(
            desk.call(
                "run_on_many",
                tool="migrate_vm",
                targets=[vm["name_label"] for vm in vms[:3]],
                arguments={"hostId": second["name_label"]},
            )
        )
    (moved,) = answer["moved"]
    assert moved == {
        "from": first["name_label"],
        "to": second["name_label"],
        "count": 3,
        "names": sorted((vm["name_label"] for vm in vms[:3]), key=moved["names"].index),
    }


def test_results_that_do_not_fit_leave_out_what_went_well(fake: FakeXo):
    ids = [vm["id"] for vm in fake.xo.store.every("vms")]
    fake.fault(f"* /vms/{ids[-1]}/tags/x", "status-500", times=None)
    with Desk(variables(fake, XO_MCP_OUTPUT_BUDGET="2000")) as desk:
        result = desk.call("run_on_many", tool="add_vm_tag", targets=ids, arguments={"tag": "x"}, on_error="continue")
    answer = data_of(result)
    assert len(text_of(result).encode()) <= 2000
    assert answer["done"] == len(ids) - 1
    assert answer["results"][0]["id"] == ids[-1]
    assert answer["results"][0]["status"] == "failed"

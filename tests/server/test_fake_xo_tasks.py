"""Tasks and events of the fake XO."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from fake_xo import FakeXo, running_fake_xo
from newest import PINNED_SPEC

LONG = 3600.0


@pytest.fixture
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(spec=PINNED_SPEC, lag=0, task_seconds=0.02) as running:
        yield running


@pytest.fixture
def xo(fake: FakeXo) -> Iterator[httpx2.Client]:
    with fake.client() as client:
        yield client


def start(xo: httpx2.Client, fake: FakeXo, state: str = "Halted") -> str:
    vm = fake.find("vms", power_state=state)
    return str(xo.post(f"/vms/{vm['id']}/actions/start").json()["taskId"])


def test_an_action_is_202_with_a_task(fake: FakeXo, xo: httpx2.Client) -> None:
    vm = fake.find("vms", power_state="Halted")
    answer = xo.post(f"/vms/{vm['id']}/actions/start", json={"hostId": fake.find("hosts")["id"]})
    assert answer.status_code == 202
    task_id = answer.json()["taskId"]
    assert answer.headers["location"] == f"/rest/v0/tasks/{task_id}"
    task = xo.get(f"/tasks/{task_id}?wait=true").json()
    assert task["properties"] == {
        "objectType": "VM",
        "name": "REST API: start VM",
        "objectId": vm["id"],
        "userId": fake.xo.people.admin,
        "type": "xo:rest-api:action",
        "params": {"hostId": fake.find("hosts")["id"]},
    }
    assert (task["status"], task["progress"]) == ("success", 100)
    assert task["start"] <= task["end"] == task["updatedAt"]
    assert xo.get(f"/vms/{vm['id']}").json()["power_state"] == "Running"


@pytest.mark.parametrize(
    ("action", "state", "result"),
    [
        ("start", "Halted", "Running"),
        ("clean_shutdown", "Running", "Halted"),
        ("hard_shutdown", "Paused", "Halted"),
        ("clean_reboot", "Running", "Running"),
        ("hard_reboot", "Running", "Running"),
        ("pause", "Running", "Paused"),
        ("unpause", "Paused", "Running"),
        ("suspend", "Running", "Suspended"),
        ("resume", "Suspended", "Running"),
    ],
)
def test_power(fake: FakeXo, xo: httpx2.Client, action: str, state: str, result: str) -> None:
    vm = fake.find("vms", power_state=state)["id"]
    assert xo.post(f"/vms/{vm}/actions/{action}?sync=true").status_code == 204
    assert xo.get(f"/vms/{vm}").json()["power_state"] == result


def test_sync_answers_201_where_something_is_made(fake: FakeXo, xo: httpx2.Client) -> None:
    vm = fake.find("vms", power_state="Halted")["id"]
    for action, collection in (("snapshot", "vm-snapshots"), ("clone", "vms")):
        answer = xo.post(f"/vms/{vm}/actions/{action}?sync=true", json={"name_label": "copy"})
        assert answer.status_code == 201
        assert answer.headers["location"] == f"/rest/v0/{collection}/{answer.json()['id']}"
        assert xo.get(f"/{collection}/{answer.json()['id']}").json()["name_label"] == "copy"
    snapshot = xo.get(f"/vms/{vm}").json()["snapshots"][-1]
    assert len(xo.get(f"/vm-snapshots/{snapshot}/vdis").json()) == 1


def test_what_an_action_made_is_in_the_tasks_result(fake: FakeXo, xo: httpx2.Client) -> None:
    vm = fake.find("vms")["id"]
    task = xo.post(f"/vms/{vm}/actions/snapshot").json()["taskId"]
    result = xo.get(f"/tasks/{task}?wait=true").json()["result"]
    assert xo.get(f"/vm-snapshots/{result['id']}").json()["$snapshot_of"] == vm


def test_moving_a_disk_gives_it_a_new_id(fake: FakeXo, xo: httpx2.Client) -> None:
    disk = fake.find("vdis")["id"]
    sr = fake.find("srs", name_label="Local storage")["id"]
    answer = xo.post(f"/vdis/{disk}/actions/migrate?sync=true", json={"srId": sr})
    assert answer.status_code == 200
    assert xo.get(f"/vdis/{disk}").status_code == 404
    assert xo.get(f"/vdis/{answer.json()['id']}").json()["$SR"] == sr


def test_a_failure_keeps_code_parameters_call_and_stack(fake: FakeXo, xo: httpx2.Client) -> None:
    task = xo.get(f"/tasks/{start(xo, fake, 'Running')}?wait=true").json()
    assert task["status"] == "failure"
    result = task["result"]
    assert set(result) == {"code", "params", "call", "message", "name", "stack"}
    assert (result["code"], result["params"][1:]) == ("VM_BAD_POWER_STATE", ["halted", "running"])
    assert result["message"].startswith("VM_BAD_POWER_STATE(OpaqueRef:")


def test_a_bad_reference_in_a_body_fails_later(fake: FakeXo, xo: httpx2.Client) -> None:
    vm = fake.find("vms", power_state="Running")["id"]
    body = {"hostId": fake.find("hosts")["id"], "migrationNetworkId": "nowhere"}
    answer = xo.post(f"/vms/{vm}/actions/migrate", json=body)
    assert answer.status_code == 202
    task = xo.get(f"/tasks/{answer.json()['taskId']}?wait=true").json()
    assert task["result"]["message"] == "no such network nowhere"


def test_an_unknown_id_is_404_at_once(xo: httpx2.Client) -> None:
    assert xo.post("/vms/nobody/actions/start").status_code == 404


def test_a_running_task_shows_its_progress_and_what_xapi_does(fake: FakeXo, xo: httpx2.Client) -> None:
    fake.options.task_seconds = LONG
    task_id = start(xo, fake)
    for progress in (25, 50, 75):
        fake.advance(task_id, 1)
        while (task := xo.get(f"/tasks/{task_id}").json()).get("progress") != progress:
            pass
        assert (task["status"], task["tasks"][0]["id"], task["tasks"][0]["status"]) == ("pending", "0", "pending")
    fake.advance(task_id, 1)
    task = xo.get(f"/tasks/{task_id}?wait=true").json()
    assert (task["status"], task["tasks"][0]["status"], task["progress"]) == ("success", "success", 100)


def test_a_pending_task_makes_wait_wait(fake: FakeXo, xo: httpx2.Client) -> None:
    fake.options.task_seconds = LONG
    task_id = start(xo, fake)
    with pytest.raises(httpx2.ReadTimeout):
        xo.get(f"/tasks/{task_id}?wait=true", timeout=0.3)
    assert xo.get(f"/tasks/{task_id}").json()["status"] == "pending"


def test_an_aborted_task_stays_pending_until_xapi_gives_up(fake: FakeXo, xo: httpx2.Client) -> None:
    fake.options.task_seconds = LONG
    task_id = start(xo, fake)
    fake.options.task_seconds = 0
    assert xo.post(f"/tasks/{task_id}/actions/abort?sync=true").status_code == 204
    task = xo.get(f"/tasks/{task_id}").json()
    assert task["status"] == "pending"
    assert task["abortionRequestedAt"] >= task["start"]
    fake.advance(task_id)
    task = xo.get(f"/tasks/{task_id}?wait=true").json()
    assert (task["status"], task["result"]["code"]) == ("failure", "TASK_CANCELLED")


def test_tasks_belong_to_their_object(fake: FakeXo, xo: httpx2.Client) -> None:
    vm = fake.find("vms", power_state="Halted")["id"]
    task = xo.post(f"/vms/{vm}/actions/start").json()["taskId"]
    assert xo.get(f"/vms/{vm}/tasks").json() == [f"/rest/v0/tasks/{task}"]


def test_a_deleted_task_is_not_found(fake: FakeXo, xo: httpx2.Client) -> None:
    task = start(xo, fake)
    assert xo.delete(f"/tasks/{task}").status_code == 204
    assert xo.get(f"/tasks/{task}").status_code == 404


def test_watch_without_ndjson_is_400(xo: httpx2.Client) -> None:
    assert xo.get("/tasks?watch=true").status_code == 400


def test_watch_streams_every_change(fake: FakeXo, xo: httpx2.Client) -> None:
    with xo.stream("GET", "/tasks?watch=true&ndjson=true&fields=id,status,progress") as stream:
        lines = stream.iter_lines()
        task_id = start_elsewhere(fake)
        changes = [json.loads(next(lines)) for _ in range(5)]
        with fake.client() as other:
            other.delete("/tasks")
        removed = [json.loads(next(lines)) for _ in range(2)]
    assert {event for event, _ in changes} == {"update"}
    assert {task["id"] for _, task in changes} == {task_id}
    assert [task["status"] for _, task in changes] == ["pending"] * 4 + ["success"]
    assert ["remove", {"id": task_id, "href": f"/rest/v0/tasks/{task_id}"}] in removed


def start_elsewhere(fake: FakeXo) -> str:
    with fake.client() as other:
        return start(other, fake)


# --- events


class Events:
    """Reads a stream of events, one at a time."""

    def __init__(self, answer: httpx2.Response) -> None:
        self._lines = answer.iter_lines()

    def next(self) -> tuple[str, Any]:
        name, data, blank = next(self._lines), next(self._lines), next(self._lines)
        assert (name[:7], data[:6], blank) == ("event: ", "data: ", "")
        return name[7:], json.loads(data[6:])


@pytest.fixture
def events(xo: httpx2.Client) -> Iterator[tuple[Events, str]]:
    """A stream, and the path of its subscriptions."""
    with xo.stream("GET", "/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        stream = Events(answer)
        name, data = stream.next()
        assert name == "init"
        yield stream, f"/events/{data['id']}/subscriptions"


def test_events_have_the_chosen_fields_only(fake: FakeXo, events: tuple[Events, str]) -> None:
    stream, subscriptions = events
    vm = fake.find("vms", power_state="Halted")
    with fake.client() as xo:
        answer = xo.post(subscriptions, json={"collection": "VM", "fields": ["name_label"]})
        assert (answer.status_code, answer.json()) == (201, {"id": "VM"})
        xo.patch(f"/vms/{vm['id']}", json={"nameDescription": "not asked for"})
        xo.patch(f"/vms/{vm['id']}", json={"nameLabel": "new"})
        assert stream.next() == ("update", {"$subscription": "VM", "name_label": "new"})


def test_events_say_what_comes_and_goes(fake: FakeXo, events: tuple[Events, str]) -> None:
    stream, subscriptions = events
    vm = fake.find("vms", power_state="Halted")
    with fake.client() as xo:
        xo.post(subscriptions, json={"collection": "VM", "fields": ["id"]})
        copy = xo.post(f"/vms/{vm['id']}/actions/clone?sync=true", json={"name_label": "copy"}).json()["id"]
        assert stream.next() == ("add", {"$subscription": "VM", "id": copy})
        xo.delete(f"/vms/{copy}")
        assert stream.next() == ("remove", {"$subscription": "VM", "id": copy})


def test_a_subscription_without_fields_sends_everything(fake: FakeXo, events: tuple[Events, str]) -> None:
    stream, subscriptions = events
    with fake.client() as xo:
        xo.post(subscriptions, json={"collection": "task"})
        task = start(xo, fake)
        name, data = stream.next()
    assert (name, data["id"], data["status"], data["$subscription"]) == ("add", task, "pending", "task")


def test_a_subscription_ends(fake: FakeXo, events: tuple[Events, str]) -> None:
    stream, subscriptions = events
    vm = fake.find("vms")["id"]
    with fake.client() as xo:
        for collection in ("VM", "host"):
            xo.post(subscriptions, json={"collection": collection, "fields": ["tags"]})
        assert xo.delete(f"{subscriptions}/VM").status_code == 204
        assert xo.delete(f"{subscriptions}/VM").status_code == 404
        xo.put(f"/vms/{vm}/tags/silent")
        xo.put(f"/hosts/{fake.find('hosts')['id']}/tags/heard")
        assert stream.next()[1]["$subscription"] == "host"


def test_a_subscription_to_an_unknown_stream_is_404(xo: httpx2.Client) -> None:
    assert xo.post("/events/nothing/subscriptions", json={"collection": "VM"}).status_code == 404


def test_an_unknown_collection_is_422(fake: FakeXo, events: tuple[Events, str]) -> None:
    with fake.client() as xo:
        assert xo.post(events[1], json={"collection": "spaceship"}).status_code == 422


def test_a_closed_stream_is_forgotten(fake: FakeXo, xo: httpx2.Client) -> None:
    with xo.stream("GET", "/events") as answer:
        stream_id = Events(answer).next()[1]["id"]
    with fake.client() as other:
        while other.post(f"/events/{stream_id}/subscriptions", json={"collection": "VM"}).status_code != 404:
            pass


def test_pings_keep_the_stream_alive() -> None:
    with (
        running_fake_xo(spec=PINNED_SPEC, ping_seconds=0.05) as fake,
        fake.client() as xo,
        xo.stream("GET", "/events") as answer,
    ):
        stream = Events(answer)
        names = [stream.next()[0] for _ in range(3)]
    assert names == ["init", "ping", "ping"]


def test_events_are_for_who_may_read_the_object(fake: FakeXo) -> None:
    with fake.client("operator") as operator, operator.stream("GET", "/events") as answer:
        stream = Events(answer)
        path = f"/events/{stream.next()[1]['id']}/subscriptions"
        with fake.client() as xo, fake.client("operator") as other:
            for collection in ("host", "VM"):
                other.post(path, json={"collection": collection, "fields": ["tags"]})
            xo.put(f"/hosts/{fake.find('hosts')['id']}/tags/unseen")
            xo.put(f"/vms/{fake.find('vms')['id']}/tags/seen")
        assert stream.next()[1]["$subscription"] == "VM"

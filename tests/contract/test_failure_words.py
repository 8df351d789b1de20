"""What XO says as a failure of its own or of a task, and what the caller reads of it, on both surfaces."""

from collections.abc import Iterator
from typing import Any

import pytest
from desk import text_of
from fake_xo import running_fake_xo
from surfaces import SURFACES, Surfaces, surfaces


@pytest.fixture(scope="module")
def both() -> Iterator[Surfaces]:
    with running_fake_xo(vms=3, lag=0, task_seconds=0) as fake, surfaces(fake) as found:
        yield found


@pytest.mark.parametrize("surface", SURFACES)
def test_mistakes_of_the_caller_are_reported_as_such(both: Surfaces, surface: str) -> None:
    user = both.fake.find("users")
    said = text_of(both.call(surface, "create_user", {"name": user["name"], "password": "a-password"}))
    assert "already exists" in said
    assert "choose another name" in said
    assert "failed inside XO" not in said
    repository = both.fake.find("backup-repositories")["id"]
    both.fake.change("backup-repositories", repository, enabled=False)
    try:
        said = text_of(both.call(surface, "get_backup_repository_health", {"id": repository}))
    finally:
        both.fake.change("backup-repositories", repository, enabled=True)
    assert "update_backup_repository with enabled true" in said


FAILURES: list[tuple[dict[str, Any], str]] = [
    (
        {"message": "incorrect state", "data": {"property": "power_state", "actual": "Running", "expected": "Halted"}},
        "incorrect state: `power_state` is Running, it must be Halted.",
    ),
    (
        {
            "message": "incorrect state",
            "data": {"property": "enabled", "actual": False, "expected": True, "object": "h1"},
        },
        "`enabled` of h1 is false, it must be true.",
    ),
    (
        {"message": "incorrect state", "data": {"actual": "OpaqueRef:1", "expected": ["a", "b"], "object": {"x": 1}}},
        "incorrect state: the state is (reference), it must be a or b.",
    ),
    ({"message": "incorrect state", "data": {"object": "h1"}}, "incorrect state."),
    ({"message": "the remote is disabled"}, "update_backup_repository with enabled true"),
]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(("result", "sentence"), FAILURES)
def test_why_a_task_failed_is_reported(both: Surfaces, surface: str, result: dict[str, Any], sentence: str) -> None:
    task = {
        "id": "failed-task",
        "properties": {"name": "evacuate", "type": "xo:host:evacuate"},
        "start": 1_795_300_000_000,
        "end": 1_795_300_001_000,
        "updatedAt": 1_795_300_001_000,
        "status": "failure",
        "result": {"name": "XoError", "code": 25, "stack": "at somewhere", **result},
    }
    both.fake.call(both.fake.xo.store.add, "tasks", task)
    answer = both.answer(surface, "get_task", {"id": "failed-task"})
    assert any(sentence in note for note in answer["_notes"])
    assert "stack" not in answer["result"]

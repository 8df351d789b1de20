"""Does one job as a good model would, through the real server, and counts what it costs."""

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from desk import Desk, Person, text_of
from fake_xo import FakeXo

MOST_CALLS = 2
MOST_BYTES = 4_000
_NAME = re.compile(r"\{\w+\[")
CATALOGUE = Path(__file__).with_name("jobs.yaml")


@dataclass(frozen=True)
class Job:
    """A wish of an administrator, and the calls that fulfil it.

    Attributes:
        number: Of the job.
        wish: In an administrator's words.
        calls: `{tool: arguments}` each. A text may name objects of the fleet (`{vm[id]}`, see `troubled.cast`) or
            earlier answers (`{answers[0][items][0][id]}`).
        changes: It changes something, so that a person may be asked once, and the bytes count less.
    """

    number: int
    wish: str
    calls: Sequence[Mapping[str, Mapping[str, Any]]]
    changes: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a job came to.

    Attributes:
        answers: The structured answers, in the order of the calls.
        size: Bytes of all answers, as a model reads them.
        questions: What a person was asked.
        files: Folder that downloads went to.
        pictures: How many images came along.
    """

    answers: Sequence[Mapping[str, Any]]
    size: int
    questions: Sequence[str]
    files: Path
    pictures: int


@cache
def catalogue() -> Sequence[Job]:
    """Every job, by number."""
    return [Job(**each) for each in yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))]


@contextmanager
def administrator(fake: FakeXo, files: Path) -> Iterator[tuple[Desk, Person]]:
    """The server with everything switched on, and a client whose person agrees to what is asked."""
    person = Person()
    settings = {
        "XO_URL": fake.url,
        "XO_TOKEN": fake.admin_token,
        "XO_MCP_ENABLE_ACTIONS": "1",
        "XO_MCP_TOOLSETS": "all",
        "XO_MCP_DOWNLOAD_DIR": str(files),
    }
    with Desk(settings, person=person) as desk:
        yield desk, person


def done(job: Job, fake: FakeXo, cast: Mapping[str, Any]) -> Outcome:
    """Make the calls of a job.

    Raises:
        AssertionError: A call failed.
    """
    files = Path(tempfile.mkdtemp(prefix="xo-jobs-"))
    answers: list[Mapping[str, Any]] = []
    size = pictures = 0
    with administrator(fake, files) as (desk, person):
        for call in job.calls:
            ((tool, arguments),) = call.items()
            result = desk.call(tool, _filled(arguments, {**cast, "answers": answers}))
            assert not result.is_error, f"{tool}: {text_of(result)}"
            size += len(text_of(result).encode())
            pictures += sum(block.type == "image" for block in result.content)
            answers.append(result.structured_content or {})
    return Outcome(answers, size, person.asked, files, pictures)


def _filled(value: Any, names: Mapping[str, Any]) -> Any:
    """Put objects of the fleet and earlier answers into arguments."""
    match value:
        case str() if _NAME.search(value):
            return value.format(**names)
        case dict():
            return {key: _filled(each, names) for key, each in value.items()}
        case list():
            return [_filled(each, names) for each in value]
    return value


def tools_of(job: Job) -> str:
    """The tools it calls, for a table."""
    return ", ".join(dict.fromkeys(f"`{tool}`" for call in job.calls for tool in call))

"""The reference page in a real browser: Debian's Chromium, headless, driven by Playwright."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from windows import DESKTOP

from generator.commands.cli import main
from generator.layout import PAGE

NAMES = ("chromium", "chromium-browser", "google-chrome")
NEEDED = "REQUIRE_CHROMIUM"
"""Set where a skipped test would hide something."""
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    """The page of what ships now; other workers may build or read it at the same time."""
    fresh = PAGE.with_name(f"tools-{os.getpid()}.html")
    assert main(["page", "--out", str(fresh)]) == 0
    fresh.replace(PAGE)


# Not for the whole session: while it is there, an event loop of Playwright's runs in this thread.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser with a profile of its own, which is thrown away."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        missing = f"there is none of {', '.join(NAMES)} in PATH; on Debian: apt-get install chromium"
        if os.environ.get(NEEDED):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens an address in a window of a size and a colour scheme."""
    contexts = []

    def go(address: str, size: tuple[int, int] = DESKTOP, scheme: str = "light") -> Page:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.problems = []
        page.asked = []
        page.on("console", lambda message: page.problems.append(message.text))
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(address)
        return page

    yield go
    for context in contexts:
        context.close()

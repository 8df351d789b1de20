"""One judge of requests for all tests here."""

import pytest
import watch
from oracle import Oracle


@pytest.fixture(scope="session")
def oracle() -> Oracle:
    """Holds requests against the contract of the release under test."""
    return watch.oracle()

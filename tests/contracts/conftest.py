"""What every contract looks at: real data too, in the roles of the demonstration. What that door refuses is tested on its own."""

import pytest

from dashboard.access import DEMO_FLAG, DEMO_WORD


@pytest.fixture(autouse=True)
def open_demonstration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the demonstration show studies that are not made up."""
    monkeypatch.setenv(DEMO_FLAG, DEMO_WORD)

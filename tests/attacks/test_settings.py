"""The server's settings are the hardened ones, as Streamlit itself reads them; and its logs keep what an error says to themselves."""

import logging
import threading
import tomllib

import pytest
from streamlit import config

from dashboard.discretion import describe_error, keep_values_out_of_logs
from tests.contracts.sources import ROOT

HARDENED = {
    "server.address": "127.0.0.1",
    "server.allowedHosts": ["127.0.0.1", "localhost"],
    "server.enableCORS": True,
    "server.corsAllowedOrigins": [],
    "server.enableXsrfProtection": True,
    "server.enableStaticServing": False,
    "server.enableAgentApi": False,
    "server.trustedUserHeaders": {},
    "server.maxUploadSize": 200,
    "server.maxMessageSize": 64,
    "server.enableExpensiveMemoryStats": False,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "minimal",
    "client.disableDataExport": True,
    "logger.enableRich": False,
    "runner.magicEnabled": False,
}
SAID = "Jane Doe, born 1980"


@pytest.mark.parametrize("name", HARDENED)
def test_the_server_runs_as_hardened(name):
    """Read from our file alone: an operator may set more, never by accident less."""
    section, option = name.split(".")
    ours = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    value = ours[section][option] if option in ours[section] else config._config_options_template[name].default_val
    assert value == HARDENED[name]


def test_no_setting_is_misspelt():
    ours = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    names = [f"{section}.{name}" for section, options in ours.items() for name, value in options.items() if not isinstance(value, dict)]
    assert not [name for name in names if name not in config._config_options_template]
    assert not any("secret" in name.lower() for name in names), "secrets stand in no file of this repository"


@pytest.fixture
def records():
    """What is logged from here on, by whatever logger."""
    kept = []

    class Keep(logging.Handler):
        def emit(self, record):
            kept.append(self.format(record))

    keep_values_out_of_logs()
    handler, logger = Keep(), logging.getLogger("streamlit.error_util")
    logger.addHandler(handler)
    logging.getLogger("firstwatch").addHandler(handler)
    yield kept
    logger.removeHandler(handler)
    logging.getLogger("firstwatch").removeHandler(handler)


def test_an_error_that_a_library_logs_is_told_without_its_message(records):
    try:
        raise ValueError(SAID)
    except ValueError as error:
        logging.getLogger("streamlit.error_util").error("Uncaught app execution", exc_info=error)
        assert "ValueError at test_settings.py" in describe_error(error)
    assert "ValueError" in records[0] and "test_settings.py" in records[0]
    assert SAID not in "".join(records)


def test_an_error_in_a_thread_is_told_without_its_message(records):
    def fail():
        raise ValueError(SAID)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert "ValueError" in "".join(records)
    assert SAID not in "".join(records)

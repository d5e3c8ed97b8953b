"""Errors on a page: a reference for the reader, the place for the log, a value for nobody."""

import logging

import pytest
from streamlit.runtime.scriptrunner_utils.exceptions import StopException

from dashboard.parts import shield as module
from dashboard.parts.shield import shield

SECRET = "Jane Doe, born 1980"


def test_the_reader_gets_a_reference_and_the_log_a_place_without_the_value(monkeypatch, caplog):
    shown = []
    monkeypatch.setattr(module, "show_missing", lambda *texts: shown.append(texts))
    with caplog.at_level(logging.ERROR), shield("page x"):
        raise ValueError(SECRET)
    assert shown[0][0] == "This part could not be shown."
    reference = shown[0][1].rsplit(" ", 1)[1].strip(".")
    assert reference in caplog.text and "ValueError" in caplog.text and "test_shield.py" in caplog.text
    assert SECRET not in caplog.text and SECRET not in str(shown)


def test_streamlit_s_own_end_of_a_run_passes():
    with pytest.raises(StopException), shield("page x"):
        raise StopException

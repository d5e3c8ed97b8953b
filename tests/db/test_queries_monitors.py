"""What monitors and background rates count, against tests/db/safety_trial.py counted by hand."""

import pytest

from db.queries.monitors import background_counts, monitor_counts, monitor_events
from tests.db import safety_trial
from tests.db.safety_trial import AESI, CUT, read
from tests.db.story_trial import build_empty
from trial.asof import AsOf
from trial.protocol import BackgroundPart, MonitorPart
from trial.tables import BACKGROUND_COUNTS, MONITOR_COUNTS, MONITOR_EVENTS


def monitor(code, **counts):
    return MonitorPart.model_validate({"code": code, "label": code, "counts": counts, "target": 0.1, "action": "Pause."})


MONITORS = (
    monitor("serious", serious=True),
    monitor("mild", serious=False, minimum_grade=1),
    monitor("cause", attributed_to=["product", "procedure"], minimum_grade=2),
    monitor("death", fatal=True),
    monitor("dlt", dlt=True),
    monitor("leak", aesi=["CSF"]),
    monitor("terms", terms=["rash", "Fever"]),
    monitor("window", terms=["Headache", "Rash"], within_days=28),
    monitor("early", terms=["Headache"], within_days=3),
    monitor("everything"),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return safety_trial.build(tmp_path_factory.mktemp("monitors"))


@pytest.mark.parametrize("history", [True, False])
def test_every_condition_of_a_monitor(engine, history):
    table = read(engine, monitor_counts, AsOf(CUT.day, history=history), monitors=MONITORS, aesi=AESI)
    MONITOR_COUNTS.check(table)
    found = {row[1]: tuple(row[2:]) for row in table.itertuples()}
    assert found == {
        "serious": (2, 2, 4, 0, 4),  # A1, A2
        "mild": (3, 3, 4, 0, 4),  # A1 E1, A2 E4, B1 E9; E3 came before the dose
        "cause": (2, 2, 4, 0, 4),  # E2 by the sponsor, E4
        "death": (1, 1, 4, 0, 4),
        "dlt": (1, 1, 4, 0, 4),
        "leak": (2, 2, 4, 0, 4),
        "terms": (2, 2, 4, 0, 4),
        "window": (2, 3, 2, 1, 4),  # A2 left on day 5 without one; B2 is on day 21
        "early": (1, 1, 4, 0, 4),  # the second headache came on day 4
        "everything": (4, 7, 4, 0, 4),
    }


def test_the_events_behind_a_monitor(engine):
    table = read(engine, monitor_events, monitor=monitor("leak", aesi=["CSF"]), aesi=AESI)
    MONITOR_EVENTS.check(table)
    assert table[["subject", "event", "study_day"]].values.tolist() == [["B1", "E9", 5], ["A2", "E4", 1]]
    assert len(read(engine, monitor_events, monitor=monitor("leak", aesi=["CSF"]), aesi=AESI, limit=1)) == 1


def test_background_counts(engine):
    part = {"label": "x", "low": 0.01, "central": 0.02, "high": 0.1, "window": "w", "ascertainment": "a", "source": "s"}
    rates = [BackgroundPart(code="CSF", terms=("CSF leak",), **part), BackgroundPart(code="COUGH", terms=("Cough",), **part)]
    table = read(engine, background_counts, rates=rates)
    BACKGROUND_COUNTS.check(table)
    assert table.values.tolist() == [["CSF", 2, 2, 4], ["COUGH", 0, 0, 4]]


def test_without_monitors_or_subjects(engine, tmp_path):
    MONITOR_COUNTS.check(read(engine, monitor_counts, monitors=()))
    BACKGROUND_COUNTS.check(read(engine, background_counts, rates=()))
    empty = build_empty(tmp_path)
    table = read(empty, monitor_counts, monitors=MONITORS, aesi=AESI)
    MONITOR_COUNTS.check(table)
    assert table[["subjects", "at_risk", "dosed"]].to_numpy().sum() == 0
    MONITOR_EVENTS.check(read(empty, monitor_events, monitor=MONITORS[0]))

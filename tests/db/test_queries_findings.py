"""Findings that monitors count: neurological states against the own baseline, and words in the results of examinations."""

from datetime import date

import pytest

from db.models import Measurement
from db.queries.monitor_courses import monitor_courses, monitor_hits
from db.queries.monitors import monitor_counts, monitor_events
from tests.acting import acting
from tests.db import safety_trial
from tests.db.safety_trial import CUT, read
from tests.db.story_trial import add, at
from trial.asof import AsOf
from trial.protocol import MonitorPart
from trial.protocol_neurology import NeurologyPart
from trial.tables import MONITOR_COUNTS, MONITOR_EVENTS

EXAMS = [  # subject, kind, test, value, words, day; A1 was dosed on 31 January, A2 on 9 February, B2 on 9 March
    (1, "neurology", "UEMS", 40.0, None, date(2026, 1, 20)),
    (1, "neurology", "LEMS", 10.0, None, date(2026, 1, 20)),
    (1, "neurology", "UEMS", 28.0, None, date(2026, 3, 1)),
    (1, "neurology", "LEMS", 10.0, None, date(2026, 3, 1)),
    (2, "neurology", "UEMS", 40.0, None, date(2026, 2, 1)),
    (2, "neurology", "LEMS", 0.0, None, date(2026, 2, 1)),
    (2, "neurology", "UEMS", 34.0, None, date(2026, 2, 20)),
    (2, "neurology", "LEMS", 0.0, None, date(2026, 2, 20)),
    (1, "other", "MRI", None, "small tumour at T4, known before", date(2026, 1, 10)),
    (2, "other", "MRI", None, "no change", date(2026, 2, 20)),
    (4, "other", "mri", None, "OVERGROWTH of the graft at T5", date(2026, 3, 19)),
    (4, "other", "CT", None, "overgrowth", date(2026, 3, 19)),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    engine = safety_trial.build(tmp_path_factory.mktemp("findings"))
    with acting(engine) as session:
        rows = [
            {"id": n, "subject_id": who, "kind": kind, "test": test, "label": test, "value": value, "measured_on": day}
            | {"result_text": words, "known_from": at(3, 20)}
            for n, (who, kind, test, value, words, day) in enumerate(EXAMS, start=1)
        ]
        add(session, Measurement, *rows)
    return engine


def monitor(code="X", *, within=None, **finding):
    counts = {"finding": finding, **({} if within is None else {"within_days": within})}
    return MonitorPart.model_validate({"code": code, "label": code, "counts": counts, "at_once": True, "action": "Pause."})


def test_a_neurological_state_or_a_worse_one_counts(engine):
    monitors = (monitor("amber", neurology="amber"), monitor("red", neurology="red"), monitor("early", neurology="amber", within=15))
    counts = read(engine, monitor_counts, monitors=monitors)
    MONITOR_COUNTS.check(counts)
    assert counts[["monitor", "subjects", "events"]].values.tolist() == [["amber", 2, 2], ["red", 1, 1], ["early", 1, 1]]
    hits = read(engine, monitor_hits, monitors=monitors)
    assert hits[["monitor", "subject"]].values.tolist() == [["amber", "A1"], ["amber", "A2"], ["red", "A1"], ["early", "A2"]]
    assert read(engine, monitor_events, monitor=monitors[1])["term"].tolist() == ["RED: lost 12 motor points, 12 points of the arms"]
    courses = read(engine, monitor_courses, monitors=monitors[1:2])
    assert courses["standing"].tolist().count("event") == 1


def test_the_limits_of_the_protocol_decide(engine):
    strict = NeurologyPart(red_motor=6, amber_motor=5)
    counts = read(engine, monitor_counts, monitors=(monitor(neurology="red"),), neurology=strict)
    assert counts["subjects"].tolist() == [2]


def test_words_in_the_results_of_an_examination_after_the_dose_count(engine):
    one = monitor(tests=["MRI"], words=["overgrowth", "tumour"])
    assert read(engine, monitor_counts, monitors=(one,))[["subjects", "events"]].values.tolist() == [[1, 1]]
    events = read(engine, monitor_events, monitor=one)
    MONITOR_EVENTS.check(events)
    assert events[["subject", "term"]].values.tolist() == [["B2", "OVERGROWTH of the graft at T5"]]


def test_a_finding_is_not_counted_before_the_team_knew_it(engine):
    before = AsOf(date(2026, 3, 10), CUT.time_zone)
    counts = read(engine, monitor_counts, before, monitors=(monitor(neurology="amber"), monitor("Y", tests=["MRI"], words=["overgrowth"])))
    assert counts["events"].tolist() == [0, 0]


@pytest.mark.parametrize("finding", [{}, {"neurology": "red", "tests": ["MRI"], "words": ["x"]}, {"tests": ["MRI"]}, {"words": ["x"]}])
def test_a_finding_is_one_of_two(finding):
    with pytest.raises(ValueError, match="either neurology, or both tests and words"):
        monitor(**finding)

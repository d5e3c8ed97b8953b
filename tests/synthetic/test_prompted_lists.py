"""Answers on prompted lists of made-up trials: true to the events, of every period, and of no influence on anything else."""

from datetime import date

import numpy as np
from sqlmodel import Session

import synthetic.generator
from db.engine import open_engine
from db.history import cut_off
from db.models import AdverseEvent, ComplicationCheck, Measurement, Procedure
from db.queries.complications import complication_checks, complication_faults
from synthetic.generator import generate
from synthetic.story import tell_story
from synthetic.treatment import Cast
from tests.contracts.queries import example_protocol
from tests.synthetic.test_rows import all_rows
from trial.asof import AsOf

RATES = example_protocol().background_rates
ZONE = "Asia/Shanghai"


def test_no_answer_contradicts_an_event_on_any_day(default_trial, large_trial):
    for engine, truth in (default_trial, large_trial):
        last = date.fromisoformat(truth.until).toordinal()
        with Session(engine) as session:
            for day in (last - 200, last - 60, last):
                as_of = cut_off(session, 1, AsOf(date.fromordinal(day), ZONE))
                assert complication_faults(session, as_of, 1, rates=RATES).empty


def test_most_procedures_are_asked_for_and_nobody_says_no_too_early(large_trial):
    engine, truth = large_trial
    with Session(engine) as session:
        checks, operations = all_rows(session, ComplicationCheck), {row["id"]: row for row in all_rows(session, Procedure)}
        events = {row["id"]: row for row in all_rows(session, AdverseEvent)}
        counts = complication_checks(session, AsOf(date.fromisoformat(truth.until), ZONE), 1, rates=RATES)
    assert (counts["asked"] > 0.75 * counts["procedures"]).all()
    assert (counts["occurred"] > 0).any()
    assert (counts["not_assessed"] > 0).all()
    assert (counts["no_list"] > 0).all()
    for row in checks:
        operation = operations[row["procedure_id"]]
        assert row["subject_id"] == operation["subject_id"]
        assert (row["checked_on"] - operation["performed_on"]).days >= 90
        assert row["known_from"] > operation["known_from"]
        assert (row["event_id"] is not None) == (row["answer"] == "occurred")
        if row["event_id"]:
            event = events[row["event_id"]]
            assert event["subject_id"] == row["subject_id"]
            assert event["onset_latest"] >= operation["performed_on"]


def test_a_small_trial_has_lists_to_discharge_and_to_90_days(default_trial):
    with Session(default_trial[0]) as session:
        checks = all_rows(session, ComplicationCheck)
    assert {row["period"] for row in checks} == {"to discharge", "to 90 days"}
    assert {row["complication"] for row in checks} == {"CSF", "SSI", "HAE", "NEURO", "VTE"}


def test_a_trial_without_procedures_has_no_lists(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'trial.db'}")
    assert "complication_check" not in generate(engine, scenario="oncology", seed=1, subjects=3).rows


def test_the_lists_leave_every_other_row_as_it_is(tmp_path, monkeypatch):
    made = {}
    for name in ("with", "without"):
        if name == "without":
            monkeypatch.setattr(synthetic.generator, "prompted_list_rows", lambda *_, **__: [])
        engine = open_engine(f"sqlite:///{tmp_path / f'{name}.db'}")
        generate(engine, scenario="default", seed=3, subjects=2)
        with Session(engine) as session:
            made[name] = [[dict(row) for row in all_rows(session, model)] for model in (AdverseEvent, Procedure, Measurement)]
    assert made["with"] == made["without"]


def test_a_trial_without_an_event_is_asked_all_the_same():
    story = tell_story("default", seed=1, subjects=2)
    keep = np.zeros(len(story.events), dtype=bool)
    events = type(story.events)(*(column[keep] for column in vars(story.events).values()))
    reports = type(story.reports)(*(column[keep] for column in vars(story.reports).values()))
    cast = Cast(story.setting, story.people, story.treatment)
    [rows] = synthetic.generator.prompted_list_rows(cast, events, reports, full=True)
    assert len(rows.known)

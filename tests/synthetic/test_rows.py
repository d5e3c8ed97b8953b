"""Rows in the record agree with the truth and with themselves."""

import json
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from db.history import HISTORY, known, table_of
from db.models import Administration, AdverseEvent, CommitteeDecision, Measurement, Medication, Procedure, Subject, Visit
from trial.asof import AsOf
from trial.terms import RELATED, SERIOUSNESS

ZONE = "Asia/Shanghai"


@pytest.fixture(scope="module", params=["default_trial", "large_trial"])
def trial(request):
    engine, truth = request.getfixturevalue(request.param)
    with Session(engine) as session:
        yield session, truth


def all_rows(session, model):
    return session.connection().execute(select(table_of(model)).order_by(table_of(model).c.id)).mappings().all()


def test_truth_agrees_with_the_database(trial):
    session, truth = trial
    as_of = AsOf(date.fromisoformat(truth.until), ZONE)
    subject, event = (session.connection().execute(select(known(model, as_of, 1))).mappings().all() for model in (Subject, AdverseEvent))
    dosed = session.connection().execute(select(func.count(known(Administration, as_of, 1).c.subject_id.distinct()))).scalar_one()
    assert truth.counts == {
        "screened": len(subject),
        "screen_failures": sum(row["status"] == "screen failure" for row in subject),
        "eligible": sum(row["eligible"] is True for row in subject),
        "enrolled": sum(row["enrolled_on"] is not None for row in subject),
        "dosed": dosed,
        "completed": sum(row["status"] == "completed" for row in subject),
        "died": sum(row["died_on"] is not None for row in subject),
        "adverse_events": len(event),
        "serious_events": sum(row["serious"] for row in event),
        "related_events": sum(
            any(row[f"{judge}_{head}"] in RELATED for judge in ("investigator", "sponsor") for head in ("product", "procedure"))
            for row in event
        ),
        "dlts": sum(row["dlt"] == "yes" for row in event),
        "candidates_judged_no": sum(row["dlt"] == "no" for row in event),
        "candidates_pending": sum(row["dlt"] == "pending" for row in event),
        "decisions": len(all_rows(session, CommitteeDecision)),
    }
    listed = {item["event"]: item for item in truth.dlts if item["judged"]}
    found = {row["code"]: row for row in event if row["dlt"] == "yes"}
    assert set(listed) == set(found)
    codes = {row["id"]: row["code"] for row in subject}
    for code, row in found.items():
        assert (listed[code]["term"], listed[code]["grade"]) == (row["term_used"], row["grade"])
        assert listed[code]["subject"] == codes[row["subject_id"]]
        assert listed[code]["onset_on"] == row["onset_date"].isoformat()


def test_event_codes_follow_the_order_of_knowing(trial):
    session, _ = trial
    first = {row["id"]: row["known_from"] for row in all_rows(session, AdverseEvent)}
    for row in session.connection().execute(select(HISTORY[AdverseEvent])).mappings():
        first[row["id"]] = min(first[row["id"]], row["known_from"])
    codes = [row["code"] for row in all_rows(session, AdverseEvent)]
    assert codes == [f"AE-{number:04d}" for number in range(1, len(codes) + 1)]
    assert list(first.values()) == sorted(first.values())


def test_seriousness_is_the_or_of_its_criteria(trial):
    for row in all_rows(trial[0], AdverseEvent):
        assert row["serious"] == any(row[name] for name in SERIOUSNESS)
        assert (row["grade"] == 5) == (row["outcome"] == "fatal") == row["results_in_death"]


def test_dates_carry_their_precision(trial):
    session, _ = trial
    precisions = []
    for row in all_rows(session, AdverseEvent):
        precisions.append(row["onset_precision"])
        assert row["onset_latest"] >= row["onset_date"]
        assert row["onset_date"].isoformat().startswith(row["onset_text"][:7])
        if row["onset_precision"] == "month":
            assert (len(row["onset_text"]), row["onset_imputed"], row["onset_at"]) == (7, "D", None)
        else:
            assert row["onset_imputed"] is None
            assert row["onset_text"][:10] == row["onset_date"].isoformat() == row["onset_latest"].isoformat()
        assert (row["onset_at"] is not None) == (row["onset_precision"] == "minute")
        assert row["ongoing"] == (row["end_date"] is None)
        assert row["end_date"] is None or row["end_date"] >= row["onset_date"]
    if len(precisions) > 1000:
        assert 0.01 < precisions.count("month") / len(precisions) < 0.05
        assert precisions.count("minute") > 100


def test_corrections_leave_their_earlier_versions(large_trial):
    engine, _ = large_trial
    with Session(engine) as session:
        now = {row["id"]: row for row in all_rows(session, AdverseEvent)}
        changed = dict.fromkeys(("grade", "end_date", "dlt", "investigator_underlying", "coded_term", "sponsor_product"), 0)
        for row in session.connection().execute(select(HISTORY[AdverseEvent])).mappings():
            for name in changed:
                changed[name] += row[name] != now[row["id"]][name]
            assert row["valid_to"] > row["known_from"]
    assert all(count > 10 for count in changed.values()), changed


def test_subjects_go_through_their_states(default_trial):
    engine, _ = default_trial
    order = ["screening", "screen failure", "eligible", "enrolled", "on study", "completed", "discontinued", "died"]
    with Session(engine) as session:
        seen = {}
        rows = [*session.connection().execute(select(HISTORY[Subject])).mappings(), *all_rows(session, Subject)]
        for row in sorted(rows, key=lambda row: row["known_from"]):
            seen.setdefault(row["id"], []).append(order.index(row["status"]))
            assert (row["actual_cohort_id"] is not None) == (row["reference_start_on"] is not None)
    assert all(states == sorted(states) and states[0] == 0 for states in seen.values())
    assert ["screening", "eligible", "enrolled", "on study"] in [[order[state] for state in states] for states in seen.values()]


def test_perioperative_scales_stand_where_they_belong(large_trial):
    engine, _ = large_trial
    with Session(engine) as session:
        procedures = {row["subject_id"]: row for row in all_rows(session, Procedure)}
        graded = [row for row in all_rows(session, AdverseEvent) if row["classintra"] or row["clavien_dindo"]]
    for row in graded:
        procedure, at = procedures[row["subject_id"]], row["onset_at"]
        assert not (row["classintra"] and row["clavien_dindo"])
        if row["classintra"] and at:
            assert procedure["incision_at"] <= at <= procedure["closure_at"]
        if row["clavien_dindo"] and at:
            assert at > procedure["closure_at"]
    assert {bool(row["classintra"]) for row in graded} == {True, False}


def test_the_dose_vector_is_planned_and_delivered(default_trial):
    engine, _ = default_trial
    with Session(engine) as session:
        for row in all_rows(session, Administration):
            planned, delivered = json.loads(row["planned_vector"]), json.loads(row["delivered_vector"])
            assert [part["name"] for part in planned] == [part["name"] for part in delivered] == ["cells", "injections", "volume", "level"]
            assert planned[0]["value"] == row["planned_amount"]
            assert 0.7 * row["planned_amount"] < row["delivered_amount"] == delivered[0]["value"] <= row["planned_amount"]
            assert 70 < row["viability_percent"] < 100


def test_immunosuppression_visits_and_scores_are_there(default_trial):
    engine, truth = default_trial
    with Session(engine) as session:
        required = [row for row in all_rows(session, Medication) if row["protocol_required"]]
        tests = {row["test"] for row in all_rows(session, Measurement)}
        letters = {row["result_text"] for row in all_rows(session, Measurement) if row["test"] == "AIS"}
        visits = {row["code"] for row in all_rows(session, Visit)}
        troughs = [row["visit"] for row in all_rows(session, Measurement) if row["test"] == "TACRO"]
    assert {row["name"] for row in required} == {"tacrolimus", "methylprednisolone"}
    assert len(required) == 2 * truth.counts["dosed"]
    assert {
        "UEMS",
        "LEMS",
        "LT",
        "PP",
        "AIS",
        "CREAT",
        "MG",
        "K",
        "ALT",
        "AST",
        "BILI",
        "ALP",
        "TACRO",
        "HGB",
        "PLAT",
        "NEUT",
        "SYSBP",
    } <= tests
    assert letters <= set("ABCDE")
    assert {"SCR", "D1", "D28", "M3"} <= visits
    assert set(troughs) <= {"D2", "D7", "D14", "D28", "D60"}

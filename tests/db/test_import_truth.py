"""The pilot study against counts that were made from the same files by other means (../shared/data/truth)."""

import csv
import json
from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from db.commandline.studies import summary_of
from db.commands.import_study import import_study
from db.engine import embedded_url, open_engine, reading
from db.history import known
from db.importers.findings import Findings
from db.importers.reading import read_export, read_tables
from db.importers.sources import collect_sources
from db.models import Administration, AdverseEvent, Cohort, Measurement, Subject
from db.queries.conditions import treatment_emergent, treatment_starts
from db.verification import verify
from tests.db.sdtm_export import CSV_COPY, MANAGER, SHARED, XPT_COPY, needs_pilot, zip_folder
from trial.asof import AsOf

pytestmark = [needs_pilot, pytest.mark.xdist_group("pilot")]

TODAY = AsOf(MANAGER.at.date())
COPIES = {"xpt": (XPT_COPY, "truth_cdiscpilot01_tdf.json"), "csv": (CSV_COPY, "truth_pharmaversesdtm.json")}
SORTS = {
    "any_teae": "any",
    "serious": "serious",
    "serious_any_criterion": "serious_any_criterion",
    "related": "related_narrow",
    "severe": "severe",
    "fatal": "fatal",
}


@pytest.fixture(scope="module", params=COPIES)
def copy(request, tmp_path_factory):
    """A copy of the pilot in a database of its own, the report of its import, and its truth."""
    folder, truth = COPIES[request.param]
    engine = open_engine(embedded_url(tmp_path_factory.mktemp(request.param) / "record.db"))
    report = import_study(engine, MANAGER, paths=[folder], study_code="PILOT")
    yield engine, report, json.loads((SHARED / "truth" / truth).read_text())
    engine.dispose()


def summary(engine, day=TODAY.day):
    with reading(engine) as session:
        return summary_of(session, AsOf(day), 1)


def test_subjects_and_endings(copy):
    engine, _, truth = copy
    found = summary(engine)
    assert found["subjects"] == truth["subjects"]["dm_rows"]
    assert found["screen_failures"] == truth["subjects"]["screen_failures"]
    assert found["treated"] == truth["subjects"]["treated"]
    assert found["completed"] == truth["disposition"]["disposition_event"]["COMPLETED"]
    assert found["deaths"] == len(truth["deaths"]["dm_dthfl_Y"])
    assert found["disposition"] == truth["disposition"]["disposition_event"]


def test_events_and_cohorts(copy):
    engine, _, truth = copy
    found, emergent = summary(engine), truth["ae"]["sets"]["te_conservative"]
    assert found["adverse_events"] == truth["ae"]["records"]
    assert found["treatment_emergent"] == emergent["events"]
    assert {cohort["cohort"]: cohort["planned"] for cohort in found["cohorts"]} == truth["subjects"]["treated_by_planned_arm"]
    assert {cohort["cohort"]: cohort["actual"] for cohort in found["cohorts"]} == truth["subjects"]["treated_by_actual_arm"]
    for cohort in found["cohorts"]:
        expected = emergent["by_planned_arm"][cohort["cohort"]]
        assert {ours: cohort[ours] for ours in SORTS} == {ours: expected[theirs]["subjects"] for ours, theirs in SORTS.items()}


def test_terms(copy):
    engine, _, truth = copy
    found = {item["term"]: item["subjects"] for item in summary(engine)["terms"]}
    for expected in truth["ae"]["sets"]["te_conservative"]["pt_top15"]:
        assert found[expected["term"]] == expected["planned"]
    assert len(found) <= truth["ae"]["distinct_pt"]


def test_classes(copy):
    engine, _, truth = copy
    with reading(engine) as session:
        event, first = known(AdverseEvent, TODAY, 1), treatment_starts(TODAY, 1)
        subject, cohort = known(Subject, TODAY, 1), known(Cohort, TODAY, 1)
        statement = (
            select(event.c.category, cohort.c.label, func.count(event.c.subject_id.distinct()))
            .join(first, first.c.subject_id == event.c.subject_id)
            .join(subject, subject.c.id == event.c.subject_id)
            .join(cohort, cohort.c.id == subject.c.planned_cohort_id)
            .where(treatment_emergent(event, first))
            .group_by(event.c.category, cohort.c.label)
        )
        found = {(category, label): n for category, label, n in session.connection().execute(statement)}
    classes = truth["ae"]["sets"]["te_conservative"]["soc"]
    expected = {(item["term"], label): n for item in classes for label, n in item["planned"].items() if n}
    assert found == expected


def test_the_rule_agrees_with_the_sponsors_own_flag(copy):
    engine, _, truth = copy
    with reading(engine) as session:
        event, first = known(AdverseEvent, TODAY, 1), treatment_starts(TODAY, 1)
        emergent = treatment_emergent(event, first)
        joined = select(emergent, event.c.source_treatment_emergent.is_(True), func.count()).join(
            first, first.c.subject_id == event.c.subject_id
        )
        found = {
            (bool(a), bool(b)): n for a, b, n in session.connection().execute(joined.group_by(emergent, event.c.source_treatment_emergent))
        }
    assert found.get((True, True)) == truth["ae"]["te_rule_vs_sponsor"]["te_conservative"]["both_Y"]
    assert (True, False) not in found
    assert (False, True) not in found


def test_quirks_are_reported(copy):
    engine, report, truth = copy
    issues = summary(engine)["issues"]
    assert issues == dict(report.issues)
    partial = {item["USUBJID"] for item in truth["ae"]["partial_start_rows"]}
    assert partial == {issue.subject for issue in report.problems if issue.kind == "partial date" and issue.column == "AESTDTC"}
    assert issues["seriousness contradicted"] == truth["ae"]["aeser_N_but_a_criterion_Y"]
    assert issues["possible repeat"] == truth["ae"]["duplicate_subject_pt_start"]
    assert issues["causality missing"] == truth["ae"]["value_counts"]["AEREL"][""]
    assert issues["dose without end"] == truth["exposure"]["blank_exendtc"]
    assert issues["arm differs"] == truth["subjects"]["planned_x_actual"]["Xanomeline High Dose -> Xanomeline Low Dose"]
    assert issues.get("study day differs", 0) == truth["ae"]["study_day"]["differ"]
    assert issues["death dates disagree"] == 1


def test_doses_are_as_given(copy):
    engine, _, truth = copy
    with reading(engine) as session:
        dose = known(Administration, TODAY, 1)
        counts = session.connection().execute(
            select(dose.c.product, dose.c.delivered_amount, func.count()).group_by(dose.c.product, dose.c.delivered_amount)
        )
        found = {(product, amount): n for product, amount, n in counts}
    expected = {tuple(name.rsplit(" ", 1)): n for name, n in truth["exposure"]["dose_levels"].items()}
    assert found == {(product, float(amount)): n for (product, amount), n in expected.items()}


def test_the_record_is_sound(copy):
    engine, _, _ = copy
    assert verify(engine).faults == ()


def test_measurements_are_complete(copy):
    engine, report, _ = copy
    if "LB" not in report.rows:
        pytest.skip("this copy has no measurements")
    truth = json.loads((SHARED / "truth" / "truth_cdiscpilot01_labs.json").read_text())
    with reading(engine) as session:
        result = known(Measurement, TODAY, 1)
        counts = session.connection().execute(select(result.c.kind, result.c.test, func.count()).group_by(result.c.kind, result.c.test))
        found = {(kind, test): n for kind, test, n in counts}
    assert {test: n for (kind, test), n in found.items() if kind == "vital sign"} == truth["vs_tests"]
    assert {test: n for (kind, test), n in found.items() if test in truth["lb_tests"]} == truth["lb_tests"]
    assert sum(n for (kind, _), n in found.items() if kind == "laboratory") == sum(truth["rows_cols"][name][0] for name in ("lbch", "lbhe"))


@pytest.mark.parametrize(
    "day", [date(2012, 7, 5), date(2012, 12, 24), date(2013, 8, 1), date(2013, 8, 2), date(2014, 5, 1), date(2015, 3, 5)]
)
def test_an_earlier_cut_off_counts_only_what_was_known(copy, day):
    engine, report, _ = copy
    if "LB" in report.rows:
        pytest.skip("counted from the CSV files")
    last = day.isoformat()

    def column(file, *names, where=lambda row: True):
        with (CSV_COPY / f"{file}.csv").open(encoding="utf-8") as text:
            return [tuple(row[name] for name in names) for row in csv.DictReader(text) if where(row)]

    found = summary(engine, day)
    dosed = {subject for subject, start in column("ex", "USUBJID", "EXSTDTC") if start <= last}
    assert found["treated"] == len(dosed)
    assert found["adverse_events"] == sum(known_on[:10] <= last for (known_on,) in column("ae", "AEDTC"))
    ends = column("ds", "DSDECOD", where=lambda row: row["DSCAT"] == "DISPOSITION EVENT" and row["DSDTC"][:10] <= last)
    assert found["disposition"] == Counter(reason for (reason,) in ends)
    assert found["completed"] == found["disposition"].get("COMPLETED", 0)
    assert found["screen_failures"] == found["disposition"].get("SCREEN FAILURE", 0)
    assert found["deaths"] == sum(died <= last for (died,) in column("dm", "DTHDTC", where=lambda row: row["DTHFL"] == "Y"))
    arms = Counter(arm for subject, arm in column("dm", "USUBJID", "ARM") if subject in dosed)
    assert {cohort["cohort"]: cohort["planned"] for cohort in found["cohorts"] if cohort["planned"]} == arms


def test_counts_only_grow_as_days_go_by(copy):
    engine, _, _ = copy
    days = [date(2012, 6, 1) + timedelta(days=180 * i) for i in range(7)]
    seen = [summary(engine, day) for day in days]
    for name in ("subjects", "treated", "completed", "deaths", "screen_failures", "adverse_events", "treatment_emergent"):
        numbers = [item[name] for item in seen]
        assert numbers == sorted(numbers)
    assert seen[-1] | {"issues": 0} == summary(engine) | {"issues": 0}


def test_a_zip_of_the_same_files_is_the_same_export(copy, tmp_path):
    engine, report, _ = copy
    if "LB" in report.rows:
        pytest.skip("shown with the smaller copy")
    assert import_study(engine, MANAGER, paths=[zip_folder(CSV_COPY, tmp_path / "pilot.zip")], study_code="PILOT").unchanged


def test_the_xpt_copy_written_as_csv_is_the_same_export(tmp_path):
    names = ["dm", "ds", "ex", "ae", "suppae", "sv", "mh", "cm", "ta"]
    files = [XPT_COPY / f"{name}.xpt" for name in names]
    for table in read_tables(collect_sources(files, Findings()), Findings()):
        with (tmp_path / f"{table.file}.csv").open("w", encoding="utf-8", newline="") as text:
            writer = csv.writer(text)
            writer.writerow(table.columns)
            writer.writerows(zip(*table.columns.values(), strict=True))
    assert read_export([tmp_path]).digest == read_export(files).digest

"""What a small export becomes in the record, row by row and day by day."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from db.audit import Actor, read_head
from db.commands.import_study import import_study
from db.engine import embedded_url, open_engine, reading
from db.history import HISTORY, KNOWN_MODELS, known, table_of
from db.importers.arms import order_arms
from db.importers.reading import read_export
from db.models import (
    Administration,
    AdverseEvent,
    AuditEntry,
    Cohort,
    DataIssue,
    Disposition,
    Measurement,
    ProtocolVersion,
    Site,
    Study,
    Subject,
)
from db.queries.summary import cohort_counts, study_counts
from db.verification import verify
from tests.db.sdtm_export import MANAGER, small_export, to_csv, write_export, zip_folder
from trial.asof import AsOf
from trial.errors import FaultyInput
from trial.protocol import parse_protocol

LAST = AsOf(date(2026, 3, 1))


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    engine = open_engine(embedded_url(folder / "record.db"))
    report = import_study(engine, MANAGER, paths=[write_export(folder / "export")], study_code="SMALL")
    yield engine, report
    engine.dispose()


def rows_of(engine, model, as_of=LAST):
    with reading(engine) as session:
        rows = known(model, as_of, 1)
        return [dict(row._mapping) for row in session.connection().execute(select(rows).order_by(rows.c.id))]


def status_on(engine, day):
    return {row["code"]: row["status"] for row in rows_of(engine, Subject, AsOf(day))}


def test_the_report_counts_rows_and_issues(imported):
    _, report = imported
    assert dict(report.rows) == {"AE": 5, "DM": 4, "DS": 5, "EX": 4, "LB": 1, "SUPPAE": 1}
    assert not report.unchanged
    assert report.derived_protocol
    assert report.issues["arm differs"] == 1
    assert report.issues["partial date"] == 1
    assert report.issues["dose without end"] == 1
    assert report.issues["seriousness contradicted"] == 1


def test_every_issue_says_where_and_what_was_done(imported):
    engine, report = imported
    stored = rows_of(engine, DataIssue)
    assert len(stored) == sum(report.issues.values())
    partial = next(row for row in stored if row["kind"] == "partial date")
    assert (partial["file"], partial["row"], partial["column_name"], partial["subject"]) == ("ae.csv", 2, "AESTDTC", "0012")
    assert partial["done"] == "text kept, analysed as 2025-02-01"
    assert partial["known_from"] == datetime(2025, 2, 3, tzinfo=UTC)


def test_subject_codes_keep_their_leading_zeros_and_arms_stand_in_dosing_order(imported):
    engine, _ = imported
    assert [row["code"] for row in rows_of(engine, Subject)] == ["0012", "0013", "0014", "0015"]
    assert [(row["number"], row["label"]) for row in rows_of(engine, Cohort)] == [(1, "Arm A"), (2, "Arm B")]
    planned = {row["code"]: (row["planned_cohort_id"], row["actual_cohort_id"]) for row in rows_of(engine, Subject)}
    assert planned == {"0012": (1, 1), "0013": (2, 1), "0014": (2, 2), "0015": (None, None)}


def test_each_status_is_known_from_its_own_day(imported):
    engine, _ = imported
    assert status_on(engine, date(2025, 1, 1)) == {}
    assert status_on(engine, date(2025, 1, 2)) == dict.fromkeys(["0012", "0013", "0014", "0015"], "screening")
    assert status_on(engine, date(2025, 1, 31)) == {"0012": "enrolled", "0013": "screening", "0014": "screening", "0015": "screen failure"}
    assert status_on(engine, date(2025, 3, 19)) == {
        "0012": "on study",
        "0013": "discontinued",
        "0014": "on study",
        "0015": "screen failure",
    }
    assert status_on(engine, date(2025, 4, 1)) == {"0012": "completed", "0013": "discontinued", "0014": "died", "0015": "screen failure"}


def test_an_arm_is_not_known_at_screening(imported):
    engine, _ = imported
    at_screening = {row["code"]: row["planned_cohort_id"] for row in rows_of(engine, Subject, AsOf(date(2025, 1, 29)))}
    assert set(at_screening.values()) == {None}


def test_an_end_and_its_outcome_are_not_known_before_they_happen(imported):
    engine, _ = imported
    before = {row["code"]: row for row in rows_of(engine, AdverseEvent, AsOf(date(2025, 3, 19)))}["0014-AE-1"]
    after = {row["code"]: row for row in rows_of(engine, AdverseEvent, AsOf(date(2025, 3, 20)))}["0014-AE-1"]
    assert (before["outcome"], before["end_date"], before["results_in_death"], before["ongoing"]) == (None, None, None, True)
    assert (after["outcome"], after["end_date"], after["results_in_death"], after["ongoing"]) == ("fatal", date(2025, 3, 20), True, False)
    dose = {row["code"]: row["last_on"] for row in rows_of(engine, Administration, AsOf(date(2025, 2, 20)))}
    assert dose == {"0012-EX-1": date(2025, 2, 14), "0012-EX-2": None, "0013-EX-1": date(2025, 2, 10), "0014-EX-1": None}


def test_words_become_the_records_words_and_the_source_stays(imported):
    engine, _ = imported
    events = {row["code"]: row for row in rows_of(engine, AdverseEvent)}
    assert [(e["source_causality"], e["investigator_product"]) for e in events.values()] == [
        ("NONE", "unrelated"), ("POSSIBLE", "possible"), ("REMOTE", "unlikely"), ("RELATED", "probable"), ("NONE", "unrelated"),
    ]  # fmt: skip
    fatal = events["0014-AE-1"]
    assert (fatal["severity"], fatal["serious"], fatal["results_in_death"], fatal["action"]) == ("severe", False, True, "dose not changed")
    assert (fatal["verbatim"], fatal["term_used"], fatal["category"]) == ("sepsis", "SEPSIS", "NERVOUS SYSTEM DISORDERS")
    assert events["0012-AE-2"]["source_treatment_emergent"] is True
    assert events["0012-AE-1"]["source_treatment_emergent"] is None


def test_dates_keep_text_precision_and_range(imported):
    engine, _ = imported
    events = {row["code"]: row for row in rows_of(engine, AdverseEvent)}
    partial = events["0012-AE-2"]
    assert (partial["onset_text"], partial["onset_precision"], partial["onset_imputed"]) == ("2025-02", "month", "D")
    assert (partial["onset_date"], partial["onset_latest"]) == (date(2025, 2, 1), date(2025, 2, 28))
    assert events["0013-AE-1"]["onset_at"] == datetime(2025, 2, 11, 8, 15, tzinfo=UTC)
    missing = events["0014-AE-2"]
    assert (missing["onset_text"], missing["onset_date"], missing["onset_latest"]) == (None, None, None)


def test_a_dose_of_nothing_is_a_dose_given(imported):
    engine, _ = imported
    doses = rows_of(engine, Administration)
    assert [(dose["code"], dose["delivered_amount"], dose["number"]) for dose in doses[:2]] == [
        ("0012-EX-1", 0.0, 1),
        ("0012-EX-2", 0.0, 2),
    ]
    with reading(engine) as session:
        assert study_counts(session, LAST, 1).iloc[0].to_dict() == {
            "subjects": 4, "screen_failures": 1, "treated": 3, "completed": 1, "deaths": 1, "adverse_events": 5, "treatment_emergent": 4,
        }  # fmt: skip
        assert cohort_counts(session, LAST, 1).to_numpy().tolist() == [
            ["Arm A", 1, 2, 1, 0, 0, 1, 0, 0],
            ["Arm B", 2, 1, 2, 0, 1, 1, 2, 1],
        ]


def test_a_test_code_na_is_no_missing_value(imported):
    engine, _ = imported
    (result,) = rows_of(engine, Measurement)
    assert (result["test"], result["value"], result["low"], result["high"], result["unit"]) == ("NA", 140.0, 135.0, 145.0, "mmol/L")
    assert result["measured_at"] == datetime(2025, 1, 4, 7, 50, tzinfo=UTC)


def test_dispositions_have_their_kind(imported):
    engine, _ = imported
    kinds = [(row["kind"], row["reason"]) for row in rows_of(engine, Disposition)]
    assert kinds[0] == ("milestone", "RANDOMIZED")
    assert {kind for kind, _ in kinds[1:]} == {"end of study"}


def test_the_derived_protocol_declares_no_rule(imported):
    engine, _ = imported
    (version,) = rows_of(engine, ProtocolVersion)
    protocol = parse_protocol(version["text"])
    assert version["derived"]
    assert protocol.study.code == "SMALL"
    assert protocol.study.product == "CELLS"
    assert protocol.escalation is None
    assert protocol.dose_levels == ()


def test_the_study_says_how_far_its_data_reach(imported):
    engine, _ = imported
    with reading(engine) as session:
        study = session.connection().execute(select(table_of(Study))).one()
    assert (study.kind, study.data_through, study.time_zone, study.title) == ("imported", date(2025, 4, 1), "UTC", "SMALL (imported)")


def test_one_act_leaves_one_audit_entry_and_a_sound_record(imported):
    engine, _ = imported
    with reading(engine) as session:
        entries = session.connection().execute(select(table_of(AuditEntry))).all()
    assert {(entry.actor, entry.role, entry.act) for entry in entries} == {("A. Manager", "data manager", "import study")}
    assert [entry.sequence for entry in entries if entry.change == "act"] == [len(entries)]
    inserted = Counter(entry.table_name for entry in entries if entry.change == "insert")
    assert inserted["adverse_event"] == len(rows_of(engine, AdverseEvent, AsOf(date(2030, 1, 1))))
    assert verify(engine).faults == ()


def test_nothing_is_known_before_its_subject(imported):
    engine, _ = imported
    for day in (date(2025, 1, 1), date(2025, 1, 2), date(2025, 2, 15), date(2025, 3, 20)):
        subjects = {row["id"] for row in rows_of(engine, Subject, AsOf(day))}
        for model in KNOWN_MODELS:
            named = {row["subject_id"] for row in rows_of(engine, model, AsOf(day)) if "subject_id" in row}
            assert named <= subjects, (day, model)


def test_the_same_export_twice_changes_nothing_whatever_its_packing_and_order(tmp_path):
    engine = open_engine(embedded_url(tmp_path / "record.db"))
    folder = write_export(tmp_path / "export")
    first = import_study(engine, MANAGER, paths=[folder], study_code="SMALL")
    before = dump(engine)
    reordered = {name: [dict(reversed(row.items())) for row in reversed(rows)] for name, rows in reversed(small_export().items())}
    for paths in (
        [folder],
        [zip_folder(folder, tmp_path / "a.zip", reverse=True)],
        sorted(folder.iterdir(), reverse=True),
        [write_export(tmp_path / "other", reordered)],
        [folder, tmp_path / "a.zip"],
    ):
        again = import_study(engine, MANAGER, paths=paths, study_code="SMALL")
        assert again.unchanged
        assert again.batch == first.batch
    assert dump(engine) == before


def test_another_export_of_the_same_study_is_refused_in_so_many_words(tmp_path):
    engine = open_engine(embedded_url(tmp_path / "record.db"))
    import_study(engine, MANAGER, paths=[write_export(tmp_path / "export")], study_code="SMALL")
    before = dump(engine)
    changed = small_export()
    changed["ae"][0]["AESEV"] = "SEVERE"
    with pytest.raises(FaultyInput, match="already holds another export"):
        import_study(engine, MANAGER, paths=[write_export(tmp_path / "changed", changed)], study_code="SMALL")
    with pytest.raises(FaultyInput, match="another protocol or time zone"):
        import_study(engine, MANAGER, paths=[tmp_path / "export"], study_code="SMALL", time_zone="Asia/Shanghai")
    assert dump(engine) == before
    assert not import_study(engine, MANAGER, paths=[tmp_path / "changed"], study_code="SMALL-2").unchanged


def test_a_failure_midway_leaves_the_database_as_it_was(tmp_path):
    engine = open_engine(embedded_url(tmp_path / "record.db"))
    import_study(engine, MANAGER, paths=[write_export(tmp_path / "export")], study_code="ONE")
    before = dump(engine)

    def cancel(_done, _total, label):
        if label == "recording disposition":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_study(engine, MANAGER, paths=[tmp_path / "export"], study_code="TWO", progress=cancel)
    assert dump(engine) == before


def test_only_those_who_may_import(tmp_path):
    engine = open_engine(embedded_url(tmp_path / "record.db"))
    viewer = Actor("V. Iewer", "viewer", MANAGER.at)
    with pytest.raises(FaultyInput, match="not open to the role viewer"):
        import_study(engine, viewer, paths=[write_export(tmp_path / "export")], study_code="ONE")


def test_a_declared_protocol_is_kept_and_gives_sites_levels_and_zone(tmp_path):
    text = (
        '[study]\ncode = "SMALL"\ntitle = "A small trial"\nproduct = "cells"\nindication = "injury"\ntime_zone = "Asia/Shanghai"\n'
        '[version]\nnumber = "2.0"\neffective = 2025-01-01\nreason = "First."\n'
        '[[sites]]\ncode = "01"\nname = "Guangzhou"\ncountry = "China"\ntime_zone = "Asia/Shanghai"\nplanned_per_month = 1\n'
        '[[dose_levels]]\nnumber = 1\nlabel = "arm a"\nvector = [{ name = "cells", value = 1.0 }]\n'
    )
    engine = open_engine(embedded_url(tmp_path / "record.db"))
    report = import_study(engine, MANAGER, paths=[write_export(tmp_path / "export")], study_code="SMALL", protocol=text)
    assert not report.derived_protocol
    shanghai = AsOf(date(2026, 3, 1), "Asia/Shanghai")
    (version,) = rows_of(engine, ProtocolVersion, shanghai)
    assert (version["text"], version["derived"], version["number"]) == (text, False, "2.0")
    assert [(site["name"], site["time_zone"]) for site in rows_of(engine, Site, shanghai)] == [("Guangzhou", "Asia/Shanghai")]
    assert [cohort["dose_level_id"] for cohort in rows_of(engine, Cohort, shanghai)] == [1, None]
    (result,) = rows_of(engine, Measurement, shanghai)
    assert result["measured_at"] == datetime(2025, 1, 3, 23, 50, tzinfo=UTC)
    assert {row["code"]: row["status"] for row in rows_of(engine, Subject, AsOf(date(2025, 1, 14), "Asia/Shanghai"))}["0015"] == "screening"
    assert {row["code"]: row["status"] for row in rows_of(engine, Subject, AsOf(date(2025, 1, 15), "Asia/Shanghai"))}[
        "0015"
    ] == "screen failure"


def test_the_protocol_of_another_study_is_refused(tmp_path):
    text = (
        '[study]\ncode = "OTHER"\ntitle = "t"\nproduct = "p"\nindication = "i"\ntime_zone = "UTC"\n'
        '[version]\nnumber = "1"\neffective = 2025-01-01\nreason = "r"\n'
    )
    engine = open_engine(embedded_url(tmp_path / "record.db"))
    with pytest.raises(FaultyInput, match="declares study OTHER, not SMALL"):
        import_study(engine, MANAGER, paths=[write_export(tmp_path / "export")], study_code="SMALL", protocol=text)


def test_a_future_date_is_kept_but_does_not_move_the_end_of_the_data(tmp_path):
    tables = small_export()
    tables["ae"][4]["AEENDTC"] = "2099-01-01"
    tables["ae"][3]["AEDTC"] = "2098-06-01"
    engine = open_engine(embedded_url(tmp_path / "record.db"))
    report = import_study(engine, MANAGER, paths=[write_export(tmp_path / "export", tables)], study_code="SMALL")
    assert report.issues["implausible date"] == 2
    with reading(engine) as session:
        assert session.connection().execute(select(table_of(Study).c.data_through)).scalar_one() == date(2025, 4, 1)
    events = rows_of(engine, AdverseEvent, AsOf(date(2025, 4, 1)))
    assert len(events) == 5
    assert {event["code"]: event["end_date"] for event in events}["0014-AE-2"] == date(2099, 1, 1)


def test_exposure_as_collected_is_used_where_there_is_no_ex(tmp_path):
    tables = small_export()
    rename = lambda row: {name.replace("EX", "EC", 1) if name.startswith("EX") else name: value for name, value in row.items()}  # noqa: E731
    tables["ec"] = [rename(row) | {"DOMAIN": "EC", "ECOCCUR": "Y"} for row in tables.pop("ex")]
    tables["ec"][3]["ECOCCUR"] = "N"
    engine = open_engine(embedded_url(tmp_path / "record.db"))
    report = import_study(engine, MANAGER, paths=[write_export(tmp_path / "export", tables)], study_code="SMALL")
    assert report.rows["EC"] == 4
    assert [row["code"] for row in rows_of(engine, Administration)] == ["0012-EC-1", "0012-EC-2", "0013-EC-1"]
    assert report.issues["never dosed"] == 1


def test_the_end_of_treatment_is_not_the_end_of_study(tmp_path):
    tables = small_export()
    for row in tables["ds"]:
        row["DSSCAT"] = "STUDY PARTICIPATION"
    tables["ds"].append({**tables["ds"][1], "DSSEQ": "9", "DSDECOD": "ADVERSE EVENT", "DSSCAT": "STUDY TREATMENT", "DSSTDTC": "2025-02-28"})
    engine = open_engine(embedded_url(tmp_path / "record.db"))
    import_study(engine, MANAGER, paths=[write_export(tmp_path / "export", tables)], study_code="SMALL")
    assert {row["code"]: row["status"] for row in rows_of(engine, Subject)}["0012"] == "completed"
    assert rows_of(engine, Disposition)[-1]["kind"] == "end of treatment"


def test_where_a_subject_has_two_endings_the_epoch_tells_which_is_of_treatment(tmp_path):
    tables = small_export()
    for row in tables["ds"]:
        row["EPOCH"] = "FOLLOW-UP"
    tables["ds"].append({**tables["ds"][1], "DSSEQ": "9", "DSDECOD": "ADVERSE EVENT", "EPOCH": "TREATMENT", "DSSTDTC": "2025-04-02"})
    tables["ds"][2]["EPOCH"] = "TREATMENT"  # the only ending of its subject: of the study, whatever its epoch
    engine = open_engine(embedded_url(tmp_path / "record.db"))
    import_study(engine, MANAGER, paths=[write_export(tmp_path / "export", tables)], study_code="SMALL")
    status = {row["code"]: row["status"] for row in rows_of(engine, Subject)}
    assert (status["0012"], status["0013"]) == ("completed", "discontinued")


def test_death_is_the_last_status_whatever_is_dated_later(tmp_path):
    tables = small_export()
    tables["ds"].append({**tables["ds"][3], "DSSEQ": "9", "DSDECOD": "LOST TO FOLLOW-UP", "DSSTDTC": "2025-04-01"})
    engine = open_engine(embedded_url(tmp_path / "record.db"))
    import_study(engine, MANAGER, paths=[write_export(tmp_path / "export", tables)], study_code="SMALL")
    assert status_on(engine, date(2025, 4, 2))["0014"] == "died"


def test_arms_stand_by_dose_where_doses_can_be_compared_else_as_the_design_lists_them(tmp_path):
    tables = small_export()
    for row in tables["dm"]:
        row.update({name: row[name].replace("Arm A", "Zero") for name in ("ARM", "ACTARM")})
    design = [{"STUDYID": "S1", "DOMAIN": "TA", "ARMCD": arm[:1], "ARM": arm, "TAETORD": "1"} for arm in ("Arm B", "Zero")]
    by_dose = read_export([write_export(tmp_path / "a", {**tables, "ta": design})])
    assert [(arm.label, arm.dose) for arm in order_arms(by_dose.of("DM"), by_dose.of("EX"), by_dose.of("TA"))] == [
        ("Zero", 0),
        ("Arm B", 12.5),
    ]
    tables["ex"][0]["EXDOSU"] = "mL"  # another unit: doses cannot be compared
    listed = read_export([write_export(tmp_path / "b", {**tables, "ta": design[::-1]})])
    assert [arm.label for arm in order_arms(listed.of("DM"), listed.of("EX"), listed.of("TA"))] == ["Zero", "Arm B"]
    assert [arm.label for arm in order_arms(listed.of("DM"), listed.of("EX"), [])] == ["Arm B", "Zero"]


def dump(engine):
    """Everything the database holds."""
    with reading(engine) as session:
        tables = [table_of(Study), table_of(AuditEntry), *map(table_of, KNOWN_MODELS), *HISTORY.values()]
        return {t.name: session.connection().execute(select(t)).all() for t in tables}, read_head(session)


def test_the_helper_writes_what_it_says():
    assert to_csv([{"A": "1", "B": "x,y"}]) == 'A,B\n1,"x,y"\n'

"""A site's own mapping to MedDRA: loaded once, refused with every fault, and what it does to the counts by term."""

import csv
import json
from datetime import UTC, datetime

import pytest

from db.audit import Actor
from db.commandline.run import run
from db.commands.import_meddra import import_meddra
from db.commands.record_event import EventEntry, record_event
from db.engine import embedded_url, open_engine, reading
from db.queries.events import event_terms, term_subjects
from db.queries.meddra import NOT_MAPPED, meddra_versions
from db.verification import verify
from tests.db.entry_trial import NOW, STUDY, build_entry_trial, dose, who
from trial.asof import AsOf
from trial.errors import FaultyInput

MANAGER = Actor("A. Manager", "data manager", datetime(2026, 3, 1, tzinfo=UTC))
TODAY = AsOf(NOW.date(), "Asia/Shanghai")
ROWS = (("Headache", "Pain in the head", "Nervous"), ("fever", "Pyrexia", "General"), ("Feeling hot", "Pyrexia", "General"))


def mapping(tmp_path, *rows, headings=("LLT_NAME", "PT", "Primary SOC"), name="ours.csv"):
    path = tmp_path / name
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([headings, *rows])
    return path


@pytest.fixture
def engine(tmp_path):
    return open_engine(embedded_url(tmp_path / "a.db"))


def test_a_mapping_is_loaded_once_and_sealed(engine, tmp_path):
    path = mapping(tmp_path, *ROWS)
    first = import_meddra(engine, MANAGER, path, version="28.0")
    assert (first.terms, first.preferred_terms, first.organ_classes, first.unchanged) == (3, 2, 2, False)
    assert import_meddra(engine, MANAGER, path, version="28.0").unchanged is True
    assert import_meddra(engine, MANAGER, path, version="28.1").unchanged is False
    assert verify(engine).faults == ()


def test_another_mapping_under_the_same_version_is_refused(engine, tmp_path):
    import_meddra(engine, MANAGER, mapping(tmp_path, *ROWS), version="28.0")
    with pytest.raises(FaultyInput, match="keep their meaning"):
        import_meddra(engine, MANAGER, mapping(tmp_path, *ROWS[:2]), version="28.0")


def test_every_fault_of_a_mapping_is_named(engine, tmp_path):
    with pytest.raises(FaultyInput) as refused:
        import_meddra(engine, MANAGER, mapping(tmp_path, ROWS[0], ("HEADACHE ", "x", "y"), ("a", "", ""), ("", "b", "c")), version="28.0")
    assert [(fault.where, fault.what) for fault in refused.value.faults] == [
        ("ours.csv, row 3", "repeats a term"),
        ("ours.csv, row 4", "has no preferred term and no system organ class"),
        ("ours.csv, row 5", "has no term"),
    ]


@pytest.mark.parametrize(
    ("rows", "headings", "version", "words"),
    [
        (ROWS, ("LLT_NAME", "PT", "Primary SOC"), "28", "is none of MedDRA"),
        (ROWS, ("LLT_NAME", "PT", "other"), "28.0", "has no column organ class"),
        ((), ("LLT_NAME", "PT", "Primary SOC"), "28.0", "holds no term"),
    ],
)
def test_what_is_no_mapping_is_refused(engine, tmp_path, rows, headings, version, words):
    with pytest.raises(FaultyInput, match=words):
        import_meddra(engine, MANAGER, mapping(tmp_path, *rows, headings=headings), version=version)


def test_who_may_not_import_loads_no_mapping(engine, tmp_path):
    with pytest.raises(FaultyInput, match="not open to the role viewer"):
        import_meddra(engine, Actor("V", "viewer", MANAGER.at), mapping(tmp_path, *ROWS), version="28.0")


def test_the_command_line_says_what_was_loaded(tmp_path, capsys):
    url = embedded_url(tmp_path / "b.db")
    given = ["--database", url, "import-meddra", str(mapping(tmp_path, *ROWS)), "--version", "28.0", "--format", "json"]
    assert run(given, MANAGER.at) == 0
    assert json.loads(capsys.readouterr().out)["terms"] == 3
    assert run([*given[:-2], "--actor", "A"], MANAGER.at) == 0
    assert "is in the record already" in capsys.readouterr().out


def test_terms_are_counted_by_the_mapping_however_they_are_written(record, tmp_path):
    build_entry_trial(record)
    dose(record)
    for verbatim, grade in (("HEADACHE", 2), ("Fever", 1), ("feeling  hot", 3), ("itch", 1)):
        record_event(record, who("record event"), STUDY, EventEntry("01-001", verbatim=verbatim, onset_text="2026-03-03", grade=grade))
    import_meddra(record, MANAGER, mapping(tmp_path, *ROWS), version="28.0")
    with reading(record) as session:
        coverage = meddra_versions(session, TODAY, STUDY)
        counted = event_terms(session, TODAY, STUDY, meddra="28.0")
        own = event_terms(session, TODAY, STUDY)
        people = term_subjects(session, TODAY, STUDY, terms=("Pyrexia",), meddra="28.0")
        none = event_terms(session, TODAY, STUDY, meddra="9.0")
    assert coverage.to_dict("records") == [{"version": "28.0", "terms": 4, "mapped": 3}]
    assert [(row.category, row.term, row.events, row.grade_3) for row in counted.fillna("").itertuples()] == [
        ("General", "", 2, 1), ("Nervous", "", 1, 0), (NOT_MAPPED, "", 1, 0),
        ("General", "Pyrexia", 2, 1), ("Nervous", "Pain in the head", 1, 0), (NOT_MAPPED, "itch", 1, 0),
    ]  # fmt: skip
    assert own["events"].sum() == counted["events"].sum()
    assert people[["term", "grade", "events"]].to_dict("records") == [{"term": "Pyrexia", "grade": 3, "events": 2}]
    assert set(none["category"]) == {NOT_MAPPED}

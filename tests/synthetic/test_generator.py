"""Writing made-up trials: the same bytes for a seed, cut as it was known, never overwriting."""

from datetime import date
from itertools import pairwise

import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from db.engine import open_engine
from db.guards.canonical import compute_hash
from db.guards.guarded import ENTRY_COLUMNS
from db.history import KNOWN_MODELS, known, table_of
from db.models import AuditEntry, Study, Subject
from synthetic.generator import generate
from trial.asof import AsOf
from trial.errors import FaultyInput


def open_file(path):
    return open_engine(f"sqlite:///{path}")


def rows_known(engine, model, day, zone):
    with Session(engine) as session:
        found = session.connection().execute(select(known(model, AsOf(day, zone), 1))).all()
        return sorted(map(tuple, found), key=lambda row: row[0])


@pytest.mark.parametrize("options", [{"scenario": "default"}, {"scenario": "default", "subjects": 25}, {"scenario": "oncology"}])
def test_same_seed_gives_the_same_bytes(tmp_path, options):
    files = []
    for name in ("one.db", "two.db"):
        engine = open_file(tmp_path / name)
        truth = generate(engine, seed=7, **options)
        engine.dispose()
        truth.write(tmp_path / f"{name}.json")
        assert not (tmp_path / f"{name}-wal").exists()
        files.append(((tmp_path / name).read_bytes(), (tmp_path / f"{name}.json").read_bytes()))
    assert files[0] == files[1]


def test_another_seed_gives_another_trial(tmp_path, default_trial):
    engine = open_file(tmp_path / "other.db")
    other = generate(engine, scenario="default", seed=2)
    engine.dispose()
    assert other.counts != default_trial[1].counts


@pytest.mark.parametrize(
    ("options", "days"),
    [
        ({"scenario": "default"}, ["2026-01-12", "2026-05-20", "2026-09-04", "2027-02-28"]),
        ({"scenario": "late-dlt"}, ["2026-07-26"]),
        ({"scenario": "oncology"}, ["2026-06-20"]),
        ({"scenario": "default", "subjects": 30}, ["2027-03-01"]),
    ],
)
def test_a_cut_run_is_the_full_run_as_it_was_known(tmp_path, options, days):
    full = open_file(tmp_path / "full.db")
    generate(full, seed=3, until=date(2029, 12, 31), **options)
    for text in days:
        day = date.fromisoformat(text)
        cut = open_file(tmp_path / f"{day}.db")
        generate(cut, seed=3, until=day, **options)
        with Session(cut) as session:
            zone = session.connection().execute(select(table_of(Study).c.time_zone)).scalar_one()
        for model in KNOWN_MODELS:
            assert rows_known(full, model, day, zone) == rows_known(cut, model, day, zone), model.__name__
        cut.dispose()
    full.dispose()


def test_nothing_is_known_after_the_cut(default_trial):
    engine, truth = default_trial
    moment = AsOf(date.fromisoformat(truth.until), "Asia/Shanghai").moment
    with Session(engine) as session:
        for model in KNOWN_MODELS:
            table = table_of(model)
            last = session.connection().execute(select(func.max(table.c.known_from))).scalar_one()
            assert last is None or last < moment, model.__name__


def test_a_study_is_never_overwritten(tmp_path):
    engine = open_file(tmp_path / "trial.db")
    generate(engine, scenario="default", seed=1, subjects=2)
    with pytest.raises(FaultyInput, match="in the database already"):
        generate(engine, scenario="clean", seed=2)
    generate(engine, scenario="clean", seed=2, subjects=2, study_code="FW-SCI-09")
    with Session(engine) as session:
        assert session.connection().execute(select(table_of(Study).c.code)).scalars().all() == ["FW-SCI-01", "FW-SCI-09"]
        text = session.connection().exec_driver_sql("SELECT text FROM protocol_version WHERE study_id = 2").scalar_one()
        assert 'code = "FW-SCI-09"' in text
    engine.dispose()


def test_a_failure_leaves_the_database_as_it_was(tmp_path):
    engine = open_file(tmp_path / "trial.db")

    def fail(done, _total):
        if done > 200:
            raise RuntimeError("the power is cut")

    with pytest.raises(RuntimeError):
        generate(engine, scenario="default", seed=1, progress=fail)
    with Session(engine) as session:
        assert session.connection().execute(select(func.count()).select_from(table_of(Study))).scalar_one() == 0
    generate(engine, scenario="default", seed=1, subjects=1)
    engine.dispose()


def test_an_empty_trial_has_sites_but_nobody(tmp_path):
    engine = open_file(tmp_path / "empty.db")
    truth = generate(engine, scenario="default", seed=1, subjects=0)
    assert truth.counts["screened"] == 0
    assert (truth.rows["site"], truth.rows["dose_level"], truth.rows["cohort"]) == (3, 3, 3)
    assert rows_known(engine, Subject, date(2027, 1, 1), "Asia/Shanghai") == []
    engine.dispose()


@pytest.mark.parametrize("subjects", [1, 2, 12])
@pytest.mark.parametrize("scenario", ["default", "oncology"])
def test_a_number_of_subjects_is_that_many_dosed(tmp_path, scenario, subjects):
    engine = open_file(tmp_path / "few.db")
    truth = generate(engine, scenario=scenario, seed=1, subjects=subjects)
    assert truth.counts["dosed"] == subjects
    engine.dispose()


@pytest.mark.parametrize(
    "options",
    [
        {"scenario": "nonsense"},
        {"seed": -1},
        {"subjects": -1},
        {"study_code": 'x"\ncode'},
        {"until": date(2026, 1, 1)},
        {"until": date(9999, 12, 31)},
    ],
)
def test_bad_options_are_refused_before_anything_is_written(tmp_path, options):
    engine = open_file(tmp_path / "trial.db")
    with pytest.raises(FaultyInput):
        generate(engine, **{"scenario": "default", "seed": 1, **options})
    assert not (tmp_path / "trial.db").exists()


def test_the_audit_chain_holds_and_says_who(default_trial):
    engine, _truth = default_trial
    with Session(engine) as session:
        entries = session.connection().execute(select(table_of(AuditEntry)).order_by(table_of(AuditEntry).c.sequence)).mappings().all()
    assert {entry["actor"] for entry in entries} == {"synthetic generator"}
    assert all(entry["hash"] == compute_hash(entry[name] for name in ENTRY_COLUMNS[:-1]) for entry in entries)
    assert all(later["previous_hash"] == earlier["hash"] for earlier, later in pairwise(entries))


def test_progress_reaches_the_end(tmp_path):
    engine = open_file(tmp_path / "trial.db")
    seen = []
    generate(engine, scenario="default", seed=1, progress=lambda done, total: seen.append((done, total)))
    engine.dispose()
    assert seen[-1][0] == seen[-1][1] > 500
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)

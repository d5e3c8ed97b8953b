"""The made-up trials: reproducible, cut rightly, never overwriting, and keeping what their scenario promises."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import Session

from db.engine import open_engine
from db.history import KNOWN_MODELS, known, table_of
from db.models import AdverseEvent, Study, Subject
from synthetic.generator import generate
from synthetic.scenarios import SCENARIOS
from trial.asof import AsOf
from trial.errors import FaultyInput

ZONE = "Asia/Shanghai"


def open_file(path: Path) -> Engine:
    return open_engine(f"sqlite:///{path}")


def rows_known(engine: Engine, model, day: date, study_id: int = 1):
    with Session(engine) as session:
        rows = known(model, AsOf(day, ZONE), study_id)
        return sorted(map(tuple, session.connection().execute(select(rows)).all()), key=lambda row: row[0])


@pytest.mark.parametrize("options", [{}, {"subjects": 40}, {"scenario": "oncology", "until": date(2026, 6, 1)}])
def test_same_seed_gives_the_same_bytes(tmp_path, options):
    files = []
    for name in ("one.db", "two.db"):
        engine = open_file(tmp_path / name)
        truth = generate(engine, **{"scenario": "default", "seed": 7, **options})
        engine.dispose()
        truth.write(tmp_path / f"{name}.json")
        files.append(((tmp_path / name).read_bytes(), (tmp_path / f"{name}.json").read_bytes()))
    assert files[0] == files[1]


def test_another_seed_gives_another_trial(tmp_path):
    truths = []
    for seed in (1, 2):
        engine = open_file(tmp_path / f"{seed}.db")
        truths.append(generate(engine, scenario="default", seed=seed))
        engine.dispose()
    assert truths[0].counts != truths[1].counts


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_cut_run_is_the_full_run_as_it_was_known(tmp_path, name):
    zone_days = [date(2026, 5, 20), date(2026, 7, 27), date(2026, 10, 30)]
    full = open_file(tmp_path / "full.db")
    generate(full, scenario=name, seed=3, until=date(2027, 12, 31))
    for day in zone_days:
        cut = open_file(tmp_path / f"{day}.db")
        generate(cut, scenario=name, seed=3, until=day)
        zone = cut.connect().execute(select(table_of(Study).c.time_zone)).scalar_one()
        for model in KNOWN_MODELS:
            rows = []
            for engine in (full, cut):
                with Session(engine) as session:
                    found = session.connection().execute(select(known(model, AsOf(day, zone), 1))).all()
                    rows.append(sorted(map(tuple, found), key=lambda row: row[0]))
            assert rows[0] == rows[1], model.__name__
        cut.dispose()
    full.dispose()


def test_nothing_is_overwritten(tmp_path):
    engine = open_file(tmp_path / "trial.db")
    generate(engine, scenario="default", seed=1)
    with pytest.raises(FaultyInput, match="in the database already"):
        generate(engine, scenario="clean", seed=2)
    generate(engine, scenario="clean", seed=2, study_code="FW-SCI-09")
    with Session(engine) as session:
        assert session.connection().execute(select(func.count()).select_from(table_of(Study))).scalar_one() == 2
    engine.dispose()


def test_an_empty_trial_has_sites_but_nobody(tmp_path):
    engine = open_file(tmp_path / "empty.db")
    truth = generate(engine, scenario="default", seed=1, subjects=0)
    assert truth.counts["screened"] == 0
    assert truth.rows["site"] == 3
    assert rows_known(engine, Subject, date(2027, 1, 1)) == []
    engine.dispose()


def test_one_subject(tmp_path):
    engine = open_file(tmp_path / "one.db")
    truth = generate(engine, scenario="default", seed=1, subjects=1)
    assert truth.counts["dosed"] == 1
    assert len(rows_known(engine, AdverseEvent, date.fromisoformat(truth.until))) == truth.counts["adverse_events"]
    engine.dispose()

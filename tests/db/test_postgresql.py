"""The same record in both databases: every query, every summary and every exported file is equal, wherever the record is kept."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from db.audit import Actor
from db.commandline.run import run
from db.commands.copy_database import copy_database
from db.commands.import_study import import_study
from db.engine import open_engine, reading
from db.verification import verify
from synthetic.generator import generate
from tests.conftest import KINDS
from tests.contracts.queries import cases, declared_table, queries
from tests.contracts.test_declared_tables import look_at
from tests.db.sdtm_export import write_export
from trial.asof import AsOf

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def copies(dataset, lasting_database):
    """The default trial in SQLite, and its copy in PostgreSQL."""
    source, copy = open_engine(dataset("default")), open_engine(lasting_database("postgresql"))
    copy_database(source, copy)
    yield source, copy
    source.dispose()
    copy.dispose()


@pytest.mark.xdist_group("postgresql queries")
@pytest.mark.parametrize("query", queries(), ids=lambda query: query.name)
def test_every_query_says_the_same_on_both_databases(copies, query):
    source, copy = copies
    with reading(source) as one, reading(copy) as other:
        as_of, study_id, facts = look_at(one)
        early = AsOf(as_of.day - timedelta(days=200), as_of.time_zone)
        for looked, filters in [(as_of, filters) for filters in cases(query, facts)] + [(early, cases(query, facts)[0])]:
            left, right = (query.function(session, looked, study_id, **filters) for session in (one, other))
            if query.returns_frame:
                declared_table(query).check(right)
                pd.testing.assert_frame_equal(left, right)
            else:
                assert left == right


def told(capfd, *arguments):
    assert run([str(argument) for argument in arguments], NOW) == 0
    return capfd.readouterr().out


def summaries_and_files(capfd, folder, url, study, days):
    """What the command line says of a study: summaries as JSON, problems, and the digest of each exported file."""
    said = {}
    for day in days:
        said[day] = told(capfd, "summary", "--study", study, "--as-of", day, "--format", "json", "--database", url)
        told(capfd, "export", folder / day, "--study", study, "--as-of", day, "--database", url)
        files = {path.name: path.read_bytes() for path in (folder / day).iterdir()}
        manifest = json.loads(files.pop("manifest.json"))
        said[f"manifest of {day}"] = without_hashes_of_the_chain(manifest)
        said |= {f"{day}/{name}": hashlib.sha256(content).hexdigest() for name, content in files.items()}
    said["problems"] = told(capfd, "problems", "--study", study, "--format", "json", "--database", url)
    return said


def without_hashes_of_the_chain(manifest):
    """The manifest but the hash of the head: two databases that were written each by itself write the JSON of their entries differently."""
    del manifest["audit_chain_head"]["hash"], manifest["audit_chain_head"]["shown_as"]
    return manifest


@pytest.mark.parametrize("write", ["generate", "import"])
def test_the_same_journey_gives_equal_summaries_and_files(new_database, tmp_path, capfd, write):
    """Written into each database by itself, not copied: numbers, words and files are the same to the byte, as of several days."""
    found = {}
    for kind in KINDS:
        url = new_database(kind)
        engine = open_engine(url)
        if write == "generate":
            study = generate(engine, scenario="default", seed=1).study
            days = ("2026-02-15", "2026-11-20")
        else:
            actor = Actor("ada", "data manager", datetime(2026, 1, 2, tzinfo=UTC))
            import_study(engine, actor, paths=[write_export(tmp_path / kind)], study_code="SMALL")
            study, days = "SMALL", ("2025-02-12", "2026-03-01")
        assert verify(engine).faults == ()
        engine.dispose()
        found[kind] = summaries_and_files(capfd, tmp_path / f"{kind}-files", url, study, days)
    assert found["sqlite"] == found["postgresql"]
    assert len(found["sqlite"]) > 10
    assert len({value for name, value in found["sqlite"].items() if name[:4].isdigit() and "/" not in name}) == 2, "the days differ"

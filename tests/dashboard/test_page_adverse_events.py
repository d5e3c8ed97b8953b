"""The adverse events page grouped by a site's own mapping to MedDRA."""

import csv
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from dashboard.register import entry_of
from db.audit import Actor
from db.commands.import_meddra import import_meddra
from db.engine import open_engine, reading
from db.history import table_of
from db.models import AdverseEvent
from tests.contracts.screen import bodies, faults, open_screen, show
from tests.datasets import find_dataset

MANAGER = Actor("A. Manager", "data manager", datetime(2026, 11, 1, tzinfo=UTC))


@pytest.fixture
def mapped(tmp_path):
    """The default trial with a mapping of all its terms but the first: every term to itself, in one of two classes."""
    url = find_dataset(tmp_path, "default")
    engine = open_engine(url)
    event = table_of(AdverseEvent)
    with reading(engine) as session:
        terms = session.connection().execute(select(event.c.term_used).distinct().order_by(event.c.term_used)).scalars().all()
    path = tmp_path / "mapping.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["term", "pt", "soc"])
        writer.writerows([term.upper(), f"{term} (PT)", ("Class A", "Class B")[place % 2]] for place, term in enumerate(terms[1:]))
    import_meddra(engine, MANAGER, path, version="28.0")
    engine.dispose()
    return url, len(terms)


def test_nothing_asks_for_a_grouping_until_a_mapping_is_there(dataset, monkeypatch):
    looked = show(open_screen(dataset("default"), monkeypatch), entry_of("adverse_events"))
    assert not faults(looked)
    assert "ae-grouped" not in [one.key for one in looked.get("button_group")]


def test_terms_stand_under_the_classes_of_the_mapping(mapped, monkeypatch):
    url, count = mapped
    looked = show(open_screen(url, monkeypatch), entry_of("adverse_events"))
    [grouped] = [one for one in looked.get("button_group") if one.key == "ae-grouped"]
    grouped.set_value("28.0").run()
    assert not faults(looked)
    said = " ".join(bodies(looked))
    assert f"which holds {count - 1} of {count} terms" in said
    names = next(frame.value for frame in looked.dataframe if "Category, and its terms" in frame.value)["Category, and its terms"]
    wholes = {name for name in names if not name.startswith("\u2003")}
    assert wholes <= {"Class A", "Class B", "not mapped"}
    assert {"Class A", "Class B"} <= wholes

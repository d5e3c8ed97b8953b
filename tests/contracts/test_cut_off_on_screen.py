"""The law of the cut-off as a reader meets it: a day that is over looks the same in the whole record and in one cut at that day."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import Engine, delete, select, update
from streamlit.testing.v1 import AppTest

from dashboard.register import PAGES
from db.audit import Actor
from db.engine import open_engine, reading
from db.guards.install import install, remove
from db.history import HISTORY, KNOWN_MODELS, cut_off, insert_versions, table_of
from db.models import Study
from tests.acting import TESTER, acting
from tests.contracts.screen import Said, faults, open_screen, sent, show
from trial.asof import AsOf

DAY = date(2026, 8, 14)
"""A day in the middle of the default trial: people in screening, in the DLT window and in follow-up."""
EARLY = date(2020, 1, 1)
GENERATOR = Actor("synthetic generator", "system", TESTER.at)
"""Who wrote the whole database also writes the cut one, since pages say who judged."""
WITHOUT_CUT_OFF = ("audit", "entry")
"""The trail is of the record itself, and what is entered is entered now; both pages say so."""
APART = re.compile(r"Audit head [^·]*·[^·]*·")
"""The one thing that may differ: the version of the record."""


def cut_database(engine: Engine, as_of: AsOf) -> None:
    """Take everything out of a database that became known after the cut-off."""
    with acting(engine, GENERATOR) as session:
        connection = session.connection()
        study = connection.execute(select(table_of(Study).c.id)).scalar_one()
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        kept = {}
        for model in KNOWN_MODELS:
            table, past = table_of(model), HISTORY[model]
            names = [column.name for column in table.columns]
            versions: dict[int, list[dict[str, object]]] = {}
            for source in (past, table):
                for row in connection.execute(select(*(source.c[name] for name in names)).order_by(source.c.known_from)).mappings():
                    if row["known_from"] < as_of.moment:
                        versions.setdefault(int(row["id"]), []).append(dict(row))
            kept[model] = list(versions.values())
        remove(connection)
        for model in reversed(KNOWN_MODELS):
            connection.execute(delete(HISTORY[model]))
            connection.execute(delete(table_of(model)))
        install(connection)
        for model in KNOWN_MODELS:
            insert_versions(session, model, kept[model])
        connection.execute(update(table_of(Study)).where(table_of(Study).c.id == study).values(data_through=as_of.day))


def seen(screen: AppTest) -> list[tuple[str, str, str]]:
    """What a page shows, tables' cells included, but for the version of the record and the names of widgets."""
    shown = [(part.kind, part.field, APART.sub("", part.text)) for part in sent(screen) if _shows(part) and not _looks_ahead(part)]
    return shown + [("dataframe", "cells", frame.value.to_csv()) for frame in screen.dataframe]


def _looks_ahead(part: Said) -> bool:
    """The line that says, on purpose, what has changed since the day."""
    return part.text.startswith(f"Since {DAY}: ")


def _shows(part: Said) -> bool:
    return part.field not in ("id", "deferred_file_id", "key", "page_script_hash", "max", "name") and part.kind != "date_input"


@pytest.fixture
def screens(own_dataset: Callable[[str], str], dataset: Callable[[str], str]) -> tuple[str, str]:
    """The whole record and one cut at DAY."""
    url = own_dataset("default")
    engine = open_engine(url)
    cut_database(engine, AsOf(DAY, "Asia/Shanghai"))
    engine.dispose()
    return dataset("default"), url


@pytest.mark.xdist_group("pages of default")
def test_every_page_shows_a_past_day_as_it_was(screens, monkeypatch):
    whole, cut = (open_screen(url, monkeypatch, as_of=DAY.isoformat()) for url in screens)
    differing = []
    for page in (entry for entry in PAGES if entry.name not in WITHOUT_CUT_OFF):
        monkeypatch.setenv("DATABASE_URL", screens[0])
        then = seen(show(whole, page))
        monkeypatch.setenv("DATABASE_URL", screens[1])
        now = seen(show(cut, page))
        assert len(then) > 5
        differing += [f"{page.name}: {a} / {b}" for a, b in zip(then, now, strict=False) if a != b] + [page.name] * (len(then) != len(now))
    assert not differing, "\n".join(text[:600] for text in differing)


def test_the_day_does_need_the_history(dataset):
    with reading(open_engine(dataset("default"))) as session:
        study = session.connection().execute(select(table_of(Study).c.id)).scalar_one()
        assert cut_off(session, study, AsOf(DAY, "Asia/Shanghai")).history, "no row has changed since: choose another day"


@pytest.mark.xdist_group("pages of default")
def test_another_day_shows_other_numbers(dataset, monkeypatch):
    """The comparison above can fail: two days of one trial do differ."""
    first = seen(open_screen(dataset("default"), monkeypatch, as_of=DAY.isoformat()))
    second = seen(open_screen(dataset("default"), monkeypatch))
    assert first != second


@pytest.mark.xdist_group("pages of default")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_renders_before_anything_was_known(dataset, monkeypatch, page):
    screen = show(open_screen(dataset("default"), monkeypatch, as_of=EARLY.isoformat()), page)
    assert not faults(screen)
    assert screen.query_params["as_of"] == EARLY.isoformat()

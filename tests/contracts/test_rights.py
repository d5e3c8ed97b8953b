"""Every role before every page, query and command: what the table of rights does not open is closed. Default deny."""

import inspect
import pkgutil
import re
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

import db.commands
import db.queries
from dashboard.register import PAGES, first_page
from dashboard.view import NotOpen, StudyCard, View
from db.audit import Actor, Head, read_head
from db.commands import accounts
from db.commands.import_ctcae import import_ctcae
from db.commands.import_meddra import import_meddra
from db.commands.import_study import import_study
from db.commands.register import COMMANDS
from db.engine import open_engine, reading
from db.marks import read_marks
from db.queries.register import AREAS, area_of
from db.queries.studies import studies
from tests.contracts.queries import FILTERS, Facts, queries
from tests.contracts.screen import bodies, open_screen, sent, show
from trial.asof import AsOf
from trial.errors import FaultyInput
from trial.roles import ACTS, PAGE_AREAS, QUERY_AREAS, ROLES, fits_site, may, may_see


def frames():
    """Every query that a page may read, as module.function; the audit trail's take no cut-off, so that the laws of it pass them by."""
    for module in pkgutil.iter_modules(db.queries.__path__):
        for name, function in vars(import_module(f"db.queries.{module.name}")).items():
            ours = inspect.isfunction(function) and function.__module__ == f"db.queries.{module.name}" and not name.startswith("_")
            if (
                ours
                and inspect.signature(function).return_annotation is pd.DataFrame
                and "study_id" in inspect.signature(function).parameters
            ):
                yield f"{module.name}.{name}", function


FRAMES = dict(frames())
STRANGERS = (*ROLES, "nobody", "")
NOBODY = {"issuer": "i", "login": "l", "name": "n", "reason": "r"}
OTHER_COMMANDS = {
    "import": [
        (import_study, {"paths": [Path("nowhere")], "study_code": "X"}),
        (import_ctcae, {"path": Path("nowhere")}),
        (import_meddra, {"path": Path("nowhere"), "version": "28.0"}),
    ],
    "manage accounts": [
        (accounts.add_account, NOBODY),
        (accounts.grant_role, {"account": 1, "role": "viewer", "reason": "r"}),
        (accounts.withdraw_role, {"account": 1, "role": "viewer", "reason": "r"}),
        (accounts.disable_account, {"account": 1, "reason": "r"}),
        (accounts.enable_account, {"account": 1, "reason": "r"}),
    ],
}
"""Commands that no entry form gives, by the act whose right they need; those of the forms are in `db.commands.register`."""
STEPS = {"rights", "current", "event_facts", "record_event.record_death", "database_roles"}
"""What takes an actor and is no command but a step of one, inside its transaction."""
PLAIN = {"meddra.mapped_terms", "spelling.term_spellings", "studies.protocol_text", "subject_story.key_of"}
"""Building blocks of other queries: they return no frame, and no page reads them."""


@pytest.fixture(scope="module")
def engine(dataset):
    """A declared trial without a subject."""
    opened = open_engine(dataset("empty"))
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def look(engine):
    """How to look at it in a role, bound to sites or not."""
    with reading(engine) as session:
        row, marks = studies(session).iloc[0], read_marks(session)
    card = StudyCard(int(row["id"]), row["code"], row["title"], row["kind"], row["time_zone"], None)

    def view(role: str, sites: frozenset[int] | None = None) -> View:
        as_of = AsOf(date(2026, 11, 20), row["time_zone"], sites=sites)
        return View(engine, card, as_of, None, False, role, marks, asked_at=datetime(2026, 3, 1, tzinfo=UTC), dark=False)

    return view


def test_every_page_and_query_has_its_place_in_the_table():
    assert {page.name for page in PAGES} == set(PAGE_AREAS)
    assert set(AREAS) == set(FRAMES), "register each query in db/queries/register.py"
    assert set(AREAS.values()) == set(QUERY_AREAS)
    assert {query.name for query in queries()} - set(FRAMES) == PLAIN


def needed(query, facts: Facts) -> dict[str, object]:
    """The filters that a query cannot be asked without."""
    asked = list(inspect.signature(query).parameters.values())[3:]
    values = {**FILTERS, "number": lambda _: [1]}
    return {part.name: values[part.name](facts)[0] for part in asked if part.default is inspect.Parameter.empty}


@pytest.mark.parametrize("role", STRANGERS)
@pytest.mark.parametrize("name", sorted(FRAMES))
def test_a_query_answers_only_those_who_may_see_its_area(look, name, role):
    query, view = FRAMES[name], look(role)
    filters = needed(query, Facts((), (), date(2026, 11, 20)))
    allowed = may_see(role, AREAS[name])
    assert view.sees(query) == allowed
    if allowed:
        view.read(query, **filters)
    else:
        with pytest.raises(NotOpen):
            view.read(query, **filters)
    assert look(role, frozenset({1})).sees(query) == (allowed and fits_site(AREAS[name]))
    if allowed and AREAS[name] == "rule":
        look(role, frozenset()).read_whole(query, **filters)
    else:
        with pytest.raises(NotOpen):
            view.read_whole(query, **filters)


@pytest.mark.parametrize("role", STRANGERS)
def test_what_is_not_registered_is_closed_to_everybody(look, role):
    def planted(session, as_of, study_id):
        raise AssertionError("it was asked")

    planted.__module__ = "db.queries.planted"
    elsewhere = type(planted)(planted.__code__, {}, "cohorts")
    elsewhere.__module__, elsewhere.__qualname__ = "somewhere.cohorts", "cohorts"
    for query in (planted, elsewhere):
        assert area_of(query) is None
        with pytest.raises(NotOpen):
            look(role).read(query)
    assert not look(role).sees_page("nowhere")
    assert not may(role, "launch")


@pytest.mark.parametrize("role", STRANGERS)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_opens_only_to_those_who_may_see_it(look, page, role):
    assert look(role).sees_page(page.name) == may_see(role, page.name)
    assert look(role, frozenset({1})).sees_page(page.name) == (may_see(role, page.name) and fits_site(page.name))


@pytest.mark.parametrize("role", ROLES)
def test_the_menu_and_the_addresses_say_the_same(dataset, monkeypatch, role):
    screen = open_screen(dataset("empty"), monkeypatch, role=role)
    open_to = [page for page in PAGES if may_see(role, page.name)]
    links = [element.proto.label for element in screen.sidebar if element.type == "page_link"]
    assert links == [page.title for page in open_to]
    assert [title.value for title in screen.title] == [page.title for page in PAGES if page.name == first_page(role)]
    for page in PAGES:
        if page not in open_to:
            closed = show(screen, page)
            assert f"The role {role} does not see this page." in " ".join(bodies(closed))
            assert not {said.kind for said in sent(closed)} & {"arrow_data_frame", "plotly_chart", "download_button"}


@pytest.mark.parametrize("name", sorted(name for name, area in AREAS.items() if fits_site(area)))
def test_whoever_is_bound_to_a_site_sees_no_subject_of_another(everybody, name):
    view, site, codes = everybody
    own, foreign = view(frozenset({site})), view(frozenset())
    here = set(own.read(FRAMES["dosed.dosed"])["subject"])
    there = codes - here
    assert here
    assert there
    for subject in [min(there), min(here)]:
        filters = needed(FRAMES[name], Facts((subject, *sorted(codes)), ("Headache",), date(2026, 11, 20)))
        table = own.read(FRAMES[name], **filters)
        assert not there & set(table.get("subject", []))
        assert not codes & set(foreign.read(FRAMES[name], **filters).get("subject", []))
        if subject in there and AREAS[name] == "stories":
            assert table.empty


@pytest.fixture(scope="module")
def everybody(dataset):
    """How to look at the default trial bound to sites, the key of one of its sites, and the codes of all dosed subjects."""
    opened = open_engine(dataset("default"))
    with reading(opened) as session:
        row, marks = studies(session).iloc[0], read_marks(session)
    card = StudyCard(int(row["id"]), row["code"], row["title"], row["kind"], row["time_zone"], None)

    def view(sites: frozenset[int] | None) -> View:
        as_of = AsOf(date(2026, 11, 20), row["time_zone"], sites=sites)
        return View(opened, card, as_of, None, False, "safety officer", marks, asked_at=datetime(2026, 3, 1, tzinfo=UTC), dark=False)

    site = int(view(None).read(FRAMES["accounts.site_choices"])["site_id"].iloc[0])
    yield view, site, set(view(None).read(FRAMES["dosed.dosed"])["subject"])
    opened.dispose()


def commands():
    """Every public function of db/commands that acts for somebody, as module.function."""
    for module in pkgutil.iter_modules(db.commands.__path__):
        for name, function in vars(import_module(f"db.commands.{module.name}")).items():
            ours = inspect.isfunction(function) and function.__module__ == f"db.commands.{module.name}" and not name.startswith("_")
            if ours and "actor" in inspect.signature(function).parameters and not {module.name, f"{module.name}.{name}"} & STEPS:
                yield f"{module.name}.{name}", function


def test_every_command_is_registered_with_its_act():
    registered = {command.function for command in COMMANDS} | {function for some in OTHER_COMMANDS.values() for function, _ in some}
    assert {name for name, function in commands() if function not in registered} == set()
    assert {command.act for command in COMMANDS} | set(OTHER_COMMANDS) <= set(ACTS)


@pytest.mark.parametrize("role", STRANGERS)
@pytest.mark.parametrize("act", sorted(OTHER_COMMANDS))
def test_a_command_refuses_whoever_may_not(engine, act, role):
    before = head_of(engine)
    for function, options in OTHER_COMMANDS[act]:
        for actor in (Actor("a", role, datetime(2026, 3, 1, tzinfo=UTC)), bound(role)):
            if may(role, act) and actor.studies is None:
                continue
            with pytest.raises(FaultyInput) as error:
                function(engine, actor, **options)
            assert re.search("is not open to", error.value.sentence)
    assert head_of(engine) == before


def bound(role: str) -> Actor:
    """Somebody whose role is granted in another study only."""
    return Actor("a", role, datetime(2026, 3, 1, tzinfo=UTC), studies=frozenset({99}))


def head_of(engine) -> Head:
    with reading(engine) as session:
        return read_head(session)

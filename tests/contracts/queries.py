"""Every public query of the program, with the filters it is called with when it is held to its laws."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import pandas as pd

import db.queries
import trial.tables
from db.queries.entry import STANDING
from db.queries.event_listing import EventFilter
from db.queries.surgery import JudgedCell, ScaledCell
from db.queries.surgical_courses import KINDS
from tests.contracts.sources import ROOT
from trial.protocol import CountsPart, FindingPart, MeasurementPart, MonitorPart, Protocol, parse_protocol
from trial.tables.schema import Table

FIRST_THREE = ["session", "as_of", "study_id"]
EXAMPLE = ROOT / "synthetic" / "protocols" / "fw-sci-01.toml"


@dataclass(frozen=True)
class Query:
    """One query under test."""

    name: str
    function: Callable[..., Any]

    @property
    def returns_frame(self) -> bool:
        """Whether it promises a frame; a few return plain values."""
        return inspect.signature(self.function).return_annotation is pd.DataFrame


@dataclass(frozen=True)
class Facts:
    """What filters are made of: codes, terms and a day that the study at hand knows."""

    subjects: tuple[str, ...]
    terms: tuple[str, ...]
    day: date


FILTERS: Mapping[str, Callable[[Facts], list[Any]]] = {
    "ahead_days": lambda _: [14],
    "aesi": lambda _: [example_protocol().aesi],
    "arms": lambda _: ["actual", "planned"],
    "broken": lambda _: [None, "recorded twice", "event despite denial"],
    "cell": lambda _: [None, JudgedCell("procedure", "sponsor_only"), ScaledCell("Clavien-Dindo", "II", False, None)],
    "change": lambda _: ["", "event new", "other correction"],
    "cohort": lambda _: [None, 1],
    "complication": lambda _: [*KINDS],
    "differing": lambda _: [False, True],
    "dlt": lambda _: [example_protocol().dlt, None],
    "early": lambda _: [False, True],
    "emergent": lambda _: [True, False],
    "filters": lambda facts: [*event_filters(facts)],
    "head": lambda _: [None, "product"],
    "kind": lambda _: ["", "date"],
    "limit": lambda _: [None, 3],
    "measure": lambda _: ["emergent", "special", "related_product", "fatal"],
    "meddra": lambda _: [None, "28.0"],
    "monitor": lambda _: list(monitors()),
    "monitors": lambda _: [monitors(), ()],
    "offset": lambda _: [0, 2],
    "outside": lambda _: [False, True],
    "page": lambda _: [1, 2],
    "phases": lambda _: [example_protocol().phases, ()],
    "rule": lambda _: [example_protocol().dlt],
    "neurology": lambda _: [None, example_protocol().neurology],
    "rates": lambda _: [example_protocol().background_rates, ()],
    "row": lambda _: [1, 999_999],
    "scaled": lambda _: [False, True],
    "schedule": lambda _: [tuple((visit.code, visit.day) for visit in example_protocol().visits), ()],
    "since": lambda facts: [facts.day - timedelta(days=20), facts.day - timedelta(days=400)],
    "size": lambda _: [3],
    "subject": lambda facts: [*facts.subjects[:2], "nobody"],
    "subjects": lambda facts: [facts.subjects, facts.subjects[:1], ()],
    "table": lambda _: [*STANDING, "none"],
    "version": lambda _: ["5.0", "6.0"],
    "term": lambda facts: [None, *facts.terms[:1]],
    "tests": lambda _: [("UEMS", "ALT", "AIS"), ()],
    "terms": lambda facts: [facts.terms, ()],
}
"""Values of each filter by its name, the first one first: a new filter needs its line here."""


@cache
def example_protocol() -> Protocol:
    """The protocol that filters are taken from."""
    return parse_protocol(EXAMPLE.read_text(encoding="utf-8"), source=EXAMPLE.name)


def monitors() -> tuple[MonitorPart, ...]:
    """The example's monitors, one that states every condition, and one of graded results."""
    counts = CountsPart(minimum_grade=2, serious=False, fatal=False, dlt=False, attributed_to=("product",), within_days=7)
    graded = CountsPart(measurement=MeasurementPart(tests=("ALT", "PLAT", "HGB"), minimum_grade=1), serious=True)
    trough = CountsPart(measurement=MeasurementPart(tests=("TACRO", "SYSBP", "MG"), below=1.0, unit="mmol/L"))
    fell = CountsPart(finding=FindingPart(neurology="amber"), within_days=90)
    seen = CountsPart(finding=FindingPart(tests=("AIS",), words=("a",)), fatal=True)
    return (
        *example_protocol().monitors,
        MonitorPart(code="trough", label="Trough", counts=trough, target=0.1, action="none"),
        MonitorPart(code="fell", label="Fell", counts=fell, target=0.1, action="none"),
        MonitorPart(code="seen", label="Seen", counts=seen, at_once=True, action="none"),
        MonitorPart(code="strict", label="Strict", counts=counts, target=0.1, action="none"),
        MonitorPart(code="graded", label="Graded", counts=graded, target=0.1, action="none"),
    )


def event_filters(facts: Facts) -> list[EventFilter]:
    """The listing unfiltered, and narrowed by each field."""
    since = facts.day - timedelta(days=20)
    return [
        EventFilter(),
        EventFilter(search="a", serious=True, emergent=True),
        EventFilter(unreviewed=True),
        EventFilter(fatal=True, limiting=True),
        EventFilter(special=True, aesi=example_protocol().aesi),
        EventFilter(cohort=1, minimum="3", head="product"),
        EventFilter(minimum="moderate", first_on=since, last_on=facts.day),
        *(EventFilter(term=term) for term in facts.terms[:1]),
    ]


@cache
def queries() -> tuple[Query, ...]:
    """Every public function of db/queries that takes a session, a cut-off and a study."""
    found = []
    for module in pkgutil.walk_packages(db.queries.__path__, "db.queries."):
        for name, function in vars(importlib.import_module(module.name)).items():
            ours = inspect.isfunction(function) and function.__module__ == module.name and not name.startswith("_")
            if ours and list(inspect.signature(function).parameters)[:3] == FIRST_THREE:
                found.append(Query(f"{module.name.rpartition('.')[2]}.{name}", function))
    return tuple(found)


def cases(query: Query, facts: Facts) -> list[dict[str, Any]]:
    """The filters to call ``query`` with: the needed ones, then every value of each, one at a time.

    Raises KeyError for a filter that FILTERS does not name, so that no query is left out in silence.
    """
    parameters = list(inspect.signature(query.function).parameters.values())[3:]
    values = {part.name: FILTERS[part.name](facts) for part in parameters}
    needed = {part.name: values[part.name][0] for part in parameters if part.default is inspect.Parameter.empty}
    return [needed] + [{**needed, name: value} for name, options in values.items() for value in options if needed.get(name) != value]


def declared_table(query: Query) -> Table:
    """The table that the docstring promises ("Return NAME ..."); raises LookupError when it names none or an unknown one."""
    words = re.findall(r"\b[A-Z][A-Z_]+\b", (inspect.getdoc(query.function) or "").partition("Return ")[2])
    found = [all_tables()[word] for word in words if word in all_tables()]
    if not found:
        raise LookupError(f"{query.name}: its docstring names no declared table")
    return found[0]


@cache
def all_tables() -> dict[str, Table]:
    """Every declared table by the name of its constant."""
    modules = [importlib.import_module(module.name) for module in pkgutil.walk_packages(trial.tables.__path__, "trial.tables.")]
    return {name: value for module in modules for name, value in vars(module).items() if isinstance(value, Table)}

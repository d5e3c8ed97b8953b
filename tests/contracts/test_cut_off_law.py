"""The law of the cut-off: the view of day D in the whole database equals the whole view of a database cut at D.

On random histories, for every query and filter, and for the rules that stand on them. FIRSTWATCH_EXAMPLES sets how many.
"""

import os
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlmodel import Session

from db.engine import reading
from db.history import KNOWN_MODELS, cut_off, known
from db.models import ProtocolVersion
from db.queries.decisions import committee_decisions, lots
from db.queries.dosed import dosed
from tests.contracts.histories import (
    DAYS,
    FIRST,
    STUDY,
    ZONE,
    Rows,
    Shape,
    add_other_study,
    build_history,
    cut_rows,
    open_memory,
    write_history,
)
from tests.contracts.queries import EXAMPLE, Facts, cases, example_protocol, queries
from trial.asof import AsOf
from trial.clocks.dlt_window import compute_ledger
from trial.clocks.dosing_gate import compute_gate
from trial.escalation.register import build_design
from trial.standing import count_standing, count_state

SHORT = 334
"""Histories of each of the three laws in `make test`: a thousand in all, the same in every run; more are drawn anew each time."""
EXAMPLES = int(os.environ.get("FIRSTWATCH_EXAMPLES", str(SHORT)))
AT_ONCE = 10
"""Queries that one history is looked at with."""
TEXT = EXAMPLE.read_text(encoding="utf-8")
SHAPES = st.builds(Shape, subjects=st.integers(0, 5), rows=st.integers(0, 10), versions=st.integers(1, 4), seed=st.integers(0, 10**9))
NUMBERS = st.integers(-2, DAYS + 2)
"""Days to look at, from two days before anything is known until two days after everything is."""

law = settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
    derandomize="FIRSTWATCH_EXAMPLES" not in os.environ,
)


class LateAsOf(AsOf):
    """The same day, asked of a record that has gone on for a month: everything known since would be seen."""

    @property
    def moment(self) -> datetime:
        """A month after the end of the day."""
        return super().moment + timedelta(days=30)


@pytest.fixture(scope="module")
def whole() -> Engine:
    """A database that holds everything, and another study beside the one that is looked at."""
    engine = open_memory()
    add_other_study(engine, build_history(Shape(3, 4, 2, 0), TEXT))
    return engine


@pytest.fixture(scope="module")
def cut() -> Engine:
    """A database that stopped at the cut-off."""
    return open_memory()


def fill(whole: Engine, cut: Engine, shape: Shape, as_of: AsOf) -> Rows:
    """Write a history into the one database, and what was known of it at the cut-off into the other."""
    rows = build_history(shape, TEXT)
    write_history(whole, rows)
    write_history(cut, cut_rows(rows, as_of.moment))
    return rows


def views(whole: Session, cut: Session, as_of: AsOf) -> dict[str, tuple[Session, AsOf]]:
    """The ways to look at one day that must all show the same."""
    late = LateAsOf(as_of.day, as_of.time_zone)
    return {
        "the whole record, told whether history matters": (whole, cut_off(whole, STUDY, as_of)),
        "the cut record": (cut, as_of),
        "the cut record, told whether history matters": (cut, cut_off(cut, STUDY, as_of)),
        "the cut record's tables alone": (cut, AsOf(as_of.day, as_of.time_zone, history=False)),
        "the cut record a month later": (cut, late),
    }


def same(left: Any, right: Any) -> None:
    """Raise AssertionError unless two results are equal, row order included."""
    if isinstance(left, pd.DataFrame):
        pd.testing.assert_frame_equal(left, right)
    else:
        assert left == right


def protocol_known(session: Session, as_of: AsOf) -> Any:
    """The protocol versions that were known at the cut-off."""
    return session.connection().execute(select(known(ProtocolVersion, as_of, STUDY))).all()


def facts_of(shape: Shape, as_of: AsOf) -> Facts:
    """What the filters of this history are made of."""
    return Facts(tuple(f"su{number + 1}" for number in range(shape.subjects)), ("Headache", "CSF leak"), as_of.day)


@given(shape=SHAPES, number=NUMBERS, data=st.data())
@law
def test_every_table_is_as_it_was(whole, cut, shape, number, data):
    as_of = AsOf(FIRST + timedelta(days=number), ZONE)
    rows = fill(whole, cut, shape, as_of)
    expected = cut_rows(rows, as_of.moment)
    with reading(whole) as one, reading(cut) as other:
        looks = {"the whole record": (one, as_of), **views(one, other, as_of)}
        for model in KNOWN_MODELS:
            newest = {versions[-1]["id"]: versions[-1] for versions in expected[model]}
            for name in data.draw(st.sets(st.sampled_from(sorted(looks)), min_size=2, max_size=2)):
                session, moment = looks[name]
                seen = session.connection().execute(select(known(model, moment, STUDY))).mappings().all()
                assert {row["id"]: dict(row) for row in seen} == newest, f"{model.__name__}: {name}"
                assert len(seen) == len(newest), f"{model.__name__}: {name} shows a row twice"


@given(shape=SHAPES, number=NUMBERS, data=st.data())
@law
def test_every_query_sees_the_day_as_it_was(whole, cut, shape, number, data):
    as_of = AsOf(FIRST + timedelta(days=number), ZONE)
    fill(whole, cut, shape, as_of)
    facts = facts_of(shape, as_of)
    with reading(whole) as one, reading(cut) as other:
        looks, faults = views(one, other, as_of), []
        for query in data.draw(st.lists(st.sampled_from(queries()), min_size=AT_ONCE, max_size=AT_ONCE, unique=True)):
            if query.name == "studies.protocol_text" and not protocol_known(one, as_of):
                continue  # before the first version was known, it stands in: an early cut-off shows an empty trial, not an error
            filters = data.draw(st.sampled_from(cases(query, facts)), label=query.name)
            name = data.draw(st.sampled_from(sorted(looks)))
            session, moment = looks[name]
            try:
                same(query.function(session, moment, STUDY, **filters), query.function(one, as_of, STUDY, **filters))
            except Exception as difference:
                faults.append(f"{query.name}({filters}), {name}: {difference!r}")
    assert not faults, "\n".join(faults)


def compute_rules(session: Session, as_of: AsOf) -> tuple[pd.DataFrame, Any]:
    """The ledger of DLT windows and the dosing gate, as a page computes them."""
    protocol = example_protocol()
    assert protocol.dlt and protocol.escalation and protocol.stagger
    ledger = compute_ledger(dosed(session, as_of, STUDY), protocol.dlt, as_of.day)
    state = count_state(ledger, protocol.escalation, len(protocol.dose_levels))
    advice = build_design(protocol).decide(state)
    decided, released = committee_decisions(session, as_of, STUDY), lots(session, as_of, STUDY)
    rules, zone = (protocol.escalation, protocol.stagger), as_of.time_zone
    gate = compute_gate(ledger, rules, advice, decisions=decided, lots=released, day=as_of.day, time_zone=zone)
    return ledger, (count_standing(ledger, protocol.escalation).level, advice, gate)


@given(shape=SHAPES, number=NUMBERS, data=st.data())
@law
def test_ledger_and_gate_see_the_day_as_it_was(whole, cut, shape, number, data):
    as_of = AsOf(FIRST + timedelta(days=number), ZONE)
    fill(whole, cut, shape, as_of)
    with reading(whole) as one, reading(cut) as other:
        ledger, rest = compute_rules(one, as_of)
        looks = views(one, other, as_of)
        seen = compute_rules(*looks[data.draw(st.sampled_from(sorted(looks)))])
        same(seen[0], ledger)
        same(seen[1], rest)


def test_a_query_that_forgets_the_cut_off_breaks_the_law(whole, cut):
    """The law can fail: a look at the whole table, whenever it became known, is told apart."""
    as_of = AsOf(FIRST + timedelta(days=DAYS // 2), ZONE)
    fill(whole, cut, Shape(5, 10, 3, 1), as_of)
    forgetful = LateAsOf(as_of.day + timedelta(days=DAYS), ZONE)
    with reading(whole) as one, reading(cut) as other, pytest.raises(AssertionError):
        same(dosed(one, forgetful, STUDY), dosed(other, forgetful, STUDY))

"""Phases around a procedure against perioperative_window.csv, and the rules at their edges."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from trial.clocks.perioperative import (
    DAY_ZERO,
    UNPLACED,
    ProcedureTimes,
    classify_onset,
    compute_procedure_facts,
    find_preceding,
    list_edges,
)
from trial.protocol import PhasePart
from trial.tables import PROCEDURE_FACTS, PROCEDURES

FIGURES = Path(__file__).parents[1] / "reference" / "safety" / "perioperative_window.csv"
PHASES = [
    PhasePart(code="pre-operative", label="x", to_hours=0),
    PhasePart(code="intraoperative", label="x"),
    PhasePart(code="0-24h", label="x", from_hours=0, to_hours=24),
    PhasePart(code="1-7d", label="x", from_hours=24, to_hours=168),
    PhasePart(code="8-30d", label="x", from_hours=168, to_hours=720),
    PhasePart(code="31-90d", label="x", from_hours=720, to_hours=2160),
    PhasePart(code="after90d", label="x", from_hours=2160),
]
EDGES = list_edges(PHASES)
NAMES = {">90 d": "after90d", "day 0 (time unknown)": DAY_ZERO}


def instant(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("row", list(csv.DictReader(FIGURES.open())), ids=lambda r: r["id"])
def test_windows(row):
    incision, closure = instant(row["skin_incision"]), instant(row["skin_closure"])
    timed = row["onset_precision"] == "datetime"
    onset = instant(row["ae_onset"]) if timed else date.fromisoformat(row["ae_onset"])
    found = classify_onset(EDGES, ProcedureTimes(incision.date(), incision, closure), onset)
    assert found == NAMES.get(row["window"], row["window"].replace(" ", ""))


def test_without_a_closure_the_day_decides():
    times = ProcedureTimes(date(2026, 4, 10))
    assert classify_onset(EDGES, times, instant("2026-04-10T20:00:00")) == DAY_ZERO
    assert classify_onset(EDGES, times, instant("2026-04-12T20:00:00")) == "1-7d"
    assert classify_onset(EDGES, times, None) == UNPLACED


def test_without_a_phase_for_the_operation_the_phase_before_reaches_to_closure():
    edges = list_edges([phase for phase in PHASES if phase.code != "intraoperative"])
    times = ProcedureTimes(date(2026, 4, 10), instant("2026-04-10T08:00:00"), instant("2026-04-10T12:00:00"))
    assert classify_onset(edges, times, instant("2026-04-10T10:00:00")) == "pre-operative"


def test_phases_come_in_order_of_time_and_must_not_overlap():
    assert [edge.code for edge in list_edges(list(reversed(PHASES)))] == [phase.code for phase in PHASES]
    with pytest.raises(ValueError, match="overlap"):
        list_edges([*PHASES, PhasePart(code="x", label="x", from_hours=100, to_hours=200)])


def test_an_event_belongs_to_the_nearest_preceding_procedure():
    first = ProcedureTimes(date(2026, 4, 10), instant("2026-04-10T08:00:00"), instant("2026-04-10T12:00:00"))
    second = ProcedureTimes(date(2026, 4, 24), instant("2026-04-24T08:00:00"), instant("2026-04-24T09:00:00"))
    both = [first, second]
    assert find_preceding(both, date(2026, 4, 1)) is first
    assert find_preceding(both, date(2026, 4, 23)) is first
    assert find_preceding(both, date(2026, 4, 24)) is second
    assert find_preceding(both, instant("2026-04-24T07:59:00")) is first
    assert find_preceding(both, instant("2026-04-24T08:00:00")) is second


def test_a_procedure_begins_with_its_anaesthesia():
    first = ProcedureTimes(date(2026, 4, 10), instant("2026-04-10T08:00:00"), instant("2026-04-10T12:00:00"))
    times = (instant(f"2026-04-24T{hour}:00:00") for hour in ("09", "10", "08"))
    second = ProcedureTimes(date(2026, 4, 24), *times)
    between = instant("2026-04-24T08:30:00")
    assert find_preceding([first, second], between) is second
    assert classify_onset(EDGES, second, between) == "pre-operative"
    assert find_preceding([first, second], instant("2026-04-24T07:59:59")) is first


def test_facts_in_minutes_and_on_the_sites_clock():
    row = {
        "subject": "S1", "cohort": 1, "site": "01", "time_zone": "Asia/Shanghai", "procedure": "P1", "type": "laminectomy",
        "performed_on": datetime(2026, 4, 10), "anaesthesia": "general",
        "anaesthesia_at": instant("2026-04-10T00:00:00"), "incision_at": instant("2026-04-10T00:30:00"),
        "first_cell_at": instant("2026-04-10T02:30:00"), "last_cell_at": instant("2026-04-10T03:05:00"),
        "closure_at": instant("2026-04-10T04:30:00"), "blood_loss_ml": 150.0, "neuromonitoring": "MEP", "alert": False,
        "delivered": 1e7, "unit": "cells", "deviation": None,
    }  # fmt: skip
    bare = {**dict.fromkeys(PROCEDURES.names), "subject": "S2", "procedure": "P2", "type": "puncture"}
    table = PROCEDURES.frame([[values[name] for name in PROCEDURES.names] for values in (row, bare)])
    facts = compute_procedure_facts(table)
    PROCEDURE_FACTS.check(facts)
    one = facts.iloc[0]
    assert (one["incision"], one["closure"]) == ("08:30", "12:30")
    minutes = one[["anaesthesia_minutes", "operation_minutes", "before_cells_minutes", "injection_minutes"]]
    assert minutes.tolist() == [270, 240, 120, 35]
    assert pd.isna(facts.loc[1, "operation_minutes"]) and pd.isna(facts.loc[1, "incision"])
    PROCEDURE_FACTS.check(compute_procedure_facts(PROCEDURES.empty()))


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24)], ids=["spring", "autumn"])
def test_hours_are_counted_as_they_pass_when_the_clock_changes(day):
    berlin = ZoneInfo("Europe/Berlin")
    incision, closure = (datetime(day.year, day.month, day.day, hour, tzinfo=berlin) for hour in (10, 14))
    times = ProcedureTimes(day, incision, closure)
    full_day = (closure.astimezone(UTC) + timedelta(hours=24)).astimezone(berlin)
    assert full_day.hour != 14, "the clock changes in between"
    for shown in (berlin, UTC, ZoneInfo("Asia/Shanghai")):
        assert classify_onset(EDGES, times, full_day.astimezone(shown)) == "0-24h"
        assert classify_onset(EDGES, times, (full_day.astimezone(UTC) + timedelta(seconds=1)).astimezone(shown)) == "1-7d"


def test_what_began_is_told_by_the_instant_when_an_hour_comes_twice():
    berlin = ZoneInfo("Europe/Berlin")
    first, second = (datetime(2026, 10, 25, 2, 30, tzinfo=berlin, fold=fold) for fold in (0, 1))
    early, late = (ProcedureTimes(date(2026, 10, 25), start, start) for start in (first - timedelta(hours=2), second))
    assert find_preceding([early, late], first + timedelta(minutes=10)) == early
    assert find_preceding([early, late], datetime(2026, 10, 25, 2, 40, tzinfo=berlin, fold=1)) == late

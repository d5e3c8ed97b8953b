"""Declared tables: what passes between queries, rules, charts and pages."""

from trial.tables.conduct import COHORTS, DLT_LEDGER, DOSED
from trial.tables.decisions import COMMITTEE_DECISIONS, LOTS
from trial.tables.due import DUE_ITEMS, MISSING_VISITS, OPEN_QUESTIONS
from trial.tables.faults import DATA_FAULT_COUNTS, DATA_FAULT_LISTING
from trial.tables.monitors import (
    BOUNDARY,
    DENSITY,
    MONITOR_COUNTS,
    MONITOR_COURSES,
    MONITOR_DESIGN,
    MONITOR_EVENTS,
    MONITOR_HITS,
    MONITOR_PATH,
    MONITOR_STATES,
    MONITOR_UNDECIDED,
)
from trial.tables.perioperative import PHASE_EVENTS, PHASE_TERMS, PHASE_TOTALS, PROCEDURE_FACTS, PROCEDURES
from trial.tables.record import STUDIES
from trial.tables.safety import (
    BACKGROUND_COUNTS,
    EVENT_LISTING,
    EVENT_OVERVIEW,
    EVENT_TALLY,
    EVENT_TERMS,
    EXPECTED_LEVELS,
    INCIDENCE,
    OBSERVED_EXPECTED,
    RATES,
    TERM_SUBJECTS,
)
from trial.tables.schema import Column, Table

__all__ = [
    "BACKGROUND_COUNTS",
    "BOUNDARY",
    "COHORTS",
    "COMMITTEE_DECISIONS",
    "DATA_FAULT_COUNTS",
    "DATA_FAULT_LISTING",
    "DENSITY",
    "DLT_LEDGER",
    "DOSED",
    "DUE_ITEMS",
    "EVENT_LISTING",
    "EVENT_OVERVIEW",
    "EVENT_TALLY",
    "EVENT_TERMS",
    "EXPECTED_LEVELS",
    "INCIDENCE",
    "LOTS",
    "MISSING_VISITS",
    "MONITOR_COUNTS",
    "MONITOR_COURSES",
    "MONITOR_DESIGN",
    "MONITOR_EVENTS",
    "MONITOR_HITS",
    "MONITOR_PATH",
    "MONITOR_STATES",
    "MONITOR_UNDECIDED",
    "OBSERVED_EXPECTED",
    "OPEN_QUESTIONS",
    "PHASE_EVENTS",
    "PHASE_TERMS",
    "PHASE_TOTALS",
    "PROCEDURES",
    "PROCEDURE_FACTS",
    "RATES",
    "STUDIES",
    "TERM_SUBJECTS",
    "Column",
    "Table",
]

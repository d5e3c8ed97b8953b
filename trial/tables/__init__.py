"""Declared tables: what passes between queries, rules, charts and pages."""

from trial.tables.conduct import COHORTS, DLT_LEDGER, DOSED
from trial.tables.decisions import COMMITTEE_DECISIONS, LOTS
from trial.tables.due import DUE_ITEMS, MISSING_VISITS, OPEN_QUESTIONS
from trial.tables.record import STUDIES
from trial.tables.schema import Column, Table

__all__ = [
    "COHORTS",
    "COMMITTEE_DECISIONS",
    "DLT_LEDGER",
    "DOSED",
    "DUE_ITEMS",
    "LOTS",
    "MISSING_VISITS",
    "OPEN_QUESTIONS",
    "STUDIES",
    "Column",
    "Table",
]

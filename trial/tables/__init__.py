"""Declared tables: what passes between queries, rules, charts and pages."""

from trial.tables.conduct import COHORTS, DLT_LEDGER, DOSED
from trial.tables.decisions import COMMITTEE_DECISIONS, LOTS
from trial.tables.record import STUDIES
from trial.tables.schema import Column, Table

__all__ = ["COHORTS", "COMMITTEE_DECISIONS", "DLT_LEDGER", "DOSED", "LOTS", "STUDIES", "Column", "Table"]

"""Declared tables: what passes between queries, rules, charts and pages."""

from trial.tables.conduct import COHORTS, DLT_LEDGER, DOSED
from trial.tables.record import STUDIES
from trial.tables.schema import Column, Table

__all__ = ["COHORTS", "DLT_LEDGER", "DOSED", "STUDIES", "Column", "Table"]

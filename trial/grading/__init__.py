"""Grades and scores: CTCAE, Clavien-Dindo, ISNCSCI."""

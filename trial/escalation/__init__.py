"""Dose-escalation designs, one a file, pure functions of counts."""

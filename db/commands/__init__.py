"""Writes: one act, one command, one transaction, one audit entry."""

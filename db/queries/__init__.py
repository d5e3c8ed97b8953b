"""Reads: each query takes a session, the cut-off and filters, and returns a declared table."""

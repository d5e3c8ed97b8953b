"""Early-signal statistics for few subjects."""

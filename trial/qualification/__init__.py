"""Qualification: every figure of the reference files is computed again and compared, for a hospital's validation folder."""

"""Made-up trials with a known truth; everything they write is marked synthetic."""

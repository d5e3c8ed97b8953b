"""Whether a measured value lies on, above or below a limit that is a multiple of another measured value.

Decimal numbers have no exact binary fractions: 1.2 / 0.8 is less than 1.5, and 60.3 / 20.1 less than 3. Whoever compares a ratio or a
product of measured values with a limit does it here, so that a value on the limit counts as on it.
"""

ROUNDING = 1e-12
"""A value this close to a multiple, as a part of it, lies on the multiple: 75.3 is 1.5 times 50.2, whatever binary fractions say."""


def reaches(number: float, limit: float) -> bool:
    """Return whether ``number`` lies on ``limit`` or above it."""
    return number >= limit - abs(limit) * ROUNDING


def exceeds(number: float, limit: float) -> bool:
    """Return whether ``number`` lies above ``limit`` and not on it."""
    return number > limit + abs(limit) * ROUNDING

"""The segments of the spinal cord as the ISNCSCI worksheet names them, from head to tail, and its key muscles."""

from functools import lru_cache

CERVICAL = tuple(f"C{number}" for number in range(1, 9))
THORACIC = tuple(f"T{number}" for number in range(1, 13))
LUMBAR = tuple(f"L{number}" for number in range(1, 6))
LEVELS = (*CERVICAL, *THORACIC, *LUMBAR, "S1", "S2", "S3", "S4-5")
"""Every level, C1 to S4-5; the worksheet examines from C2 on."""
DERMATOMES = LEVELS[1:]
UPPER_MUSCLES = ("C5", "C6", "C7", "C8", "T1")
LOWER_MUSCLES = ("L2", "L3", "L4", "L5", "S1")
KEY_MUSCLES = (*UPPER_MUSCLES, *LOWER_MUSCLES)
INTACT = "INT"
"""Stands for a level where nothing is impaired."""


@lru_cache(maxsize=1024)
def find_level(level: str) -> int:
    """Return the place of ``level`` from C1 = 0 on, INT lying below all; raise ValueError for what is no level."""
    plain = level.strip().rstrip("*").replace("_", "-").upper()
    if plain == INTACT:
        return len(LEVELS)
    if plain not in LEVELS:
        raise ValueError(f"{level[:20]} is not a neurological level")
    return LEVELS.index(plain)

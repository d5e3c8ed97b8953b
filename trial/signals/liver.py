"""Drug-induced liver injury at a glance: the eDISH quadrant of the peaks, and whether they meet the biochemical part of Hy's law.

Peak ALT or AST of 3 x ULN or more and peak bilirubin of 2 x ULN or more, bilirubin at or within 30 days after the transaminase, alkaline
phosphatase below 2 x ULN. The third part, that nothing else explains it, is clinical. Sources: FDA guidance on drug-induced liver
injury 2009; Senior 2006 (eDISH); SAFETY.md 5 row 21. Checked against the rule's reference cases, every cell.
"""

from dataclasses import dataclass
from typing import Literal

from trial.grading.rounding import reaches

Quadrant = Literal["normal/near-normal", "Temple's corollary", "cholestasis", "potential Hy's law (biochemical)"]
QUADRANTS: tuple[Quadrant, ...] = ("normal/near-normal", "cholestasis", "Temple's corollary", "potential Hy's law (biochemical)")
TRANSAMINASE_TIMES_ULN = 3.0
BILIRUBIN_TIMES_ULN = 2.0
PHOSPHATASE_TIMES_ULN = 2.0
WITHIN_DAYS = 30


@dataclass(frozen=True)
class LiverPeaks:
    """A subject's peaks in multiples of the upper limit of normal; ``alp`` at the transaminase peak.

    ``days`` runs from the ALT peak to the bilirubin peak. What was not measured is None.
    """

    alt: float | None
    ast: float | None
    bilirubin: float | None
    alp: float | None = None
    days: int | None = None


@dataclass(frozen=True)
class LiverReading:
    """The quadrant (None without both measurements), the R value, and Hy's law by time alone and with the phosphatase."""

    quadrant: Quadrant | None
    r_value: float | None
    potential_hys_law: bool
    without_cholestasis: bool


def classify_liver(peaks: LiverPeaks) -> LiverReading:
    """Return how ``peaks`` stand to Hy's law; R is ALT over alkaline phosphatase, each over its limit (5 or more: hepatocellular)."""
    quadrant = classify_quadrant(peaks.alt, peaks.ast, peaks.bilirubin)
    in_time = peaks.days is not None and 0 <= peaks.days <= WITHIN_DAYS
    potential = quadrant == QUADRANTS[3] and in_time
    low = peaks.alp is not None and not reaches(peaks.alp, PHOSPHATASE_TIMES_ULN)
    ratio = peaks.alt / peaks.alp if peaks.alt is not None and peaks.alp else None
    return LiverReading(quadrant, ratio, potential, potential and low)


def classify_quadrant(alt: float | None, ast: float | None, bilirubin: float | None) -> Quadrant | None:
    """Return the eDISH quadrant of peaks in multiples of the upper limit; None without a transaminase or without bilirubin."""
    transaminase = max((peak for peak in (alt, ast) if peak is not None), default=None)
    if transaminase is None or bilirubin is None:
        return None
    return QUADRANTS[2 * reaches(transaminase, TRANSAMINASE_TIMES_ULN) + reaches(bilirubin, BILIRUBIN_TIMES_ULN)]

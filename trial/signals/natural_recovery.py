"""What is published of recovery without any treatment under trial, to hold a course against: a band for the arms, and where it applies.

The Spinal Cord Injury Model Systems of the USA followed 187 people with motor complete tetraplegia (motor level C1 to C7, AIS A or B, upper
extremity motor score of at most 20 a side) from 16.1 (SD 7.3) to 377.5 (SD 93.4) days after injury: "Characterizing Natural Recovery of
People With Initial Motor Complete Tetraplegia", Arch Phys Med Rehabil 2022; 103: 649-656, as told by the abstract at msktc.org/sci. It
gives means and standard deviations of the change between the two examinations, and none for other grades, for thoracic levels or for days
between; SAFETY.md section 4 has shares of AIS conversion, but no points. Nothing is drawn between or beyond these figures.
"""

from dataclasses import dataclass
from typing import Final

import pandas as pd

from trial.grading.spine import find_level

SOURCE: Final = "SCIMS, Arch Phys Med Rehabil 2022; 103: 649-656"
FROM_INJURY_DAYS: Final = (377.5 - 93.4, 377.5 + 93.4)
"""Days after injury at the second examination, mean less and plus one standard deviation."""
FIRST_EXAM_DAYS: Final = 16.1
"""Mean days after injury at the first examination."""
LOWEST: Final = find_level("C7")


@dataclass(frozen=True)
class Band:
    """Change of the upper extremity motor score in one AIS grade, in points: mean and standard deviation."""

    grade: str
    mean: float
    deviation: float

    @property
    def limits(self) -> tuple[float, float]:
        """One standard deviation to both sides of the mean."""
        return self.mean - self.deviation, self.mean + self.deviation


BANDS: Final = (Band("A", 7.8, 6.5), Band("B", 8.8, 6.1))


def place_bands(people: pd.DataFrame) -> tuple[float, float] | None:
    """Return the days after the first dose between which the bands stand, by the median delay of NEURO_PEOPLE from injury to it.

    None where no delay is known of anybody whom the bands are for.
    """
    delays = people.loc[applies(people), "delay_days"].dropna()
    if delays.empty:
        return None
    delay = float(delays.median())
    return FROM_INJURY_DAYS[0] - delay, FROM_INJURY_DAYS[1] - delay


def applies(people: pd.DataFrame) -> pd.Series:
    """Return for each row of NEURO_PEOPLE whether the bands are for this subject: a cervical level down to C7, AIS A or B."""
    cervical = [_is_cervical(level) for level in people["injury_level"]]
    return pd.Series(cervical, index=people.index, dtype=bool) & people["ais"].isin([band.grade for band in BANDS])


def _is_cervical(level: object) -> bool:
    try:
        return find_level(str(level)) <= LOWEST
    except ValueError:
        return False

"""Time in a made-up story: seeded streams, whole minutes since 1970 in UTC, and local days of a site.

Instants are int64 minutes so that thousands of events move at once; ``NEVER`` stands for a missing one.
"""

import zlib
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

DAY = 1440
"""Minutes in a day."""
NEVER = np.iinfo(np.int64).min
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_ORDINAL = EPOCH.date().toordinal()
FIRST_YEAR, LAST_YEAR = 2000, 2060


def stream(seed: int, part: str) -> np.random.Generator:
    """Return the random stream of one ``part`` of the story, so that parts do not disturb each other."""
    return np.random.default_rng([seed, zlib.crc32(part.encode())])


def to_day(day: date) -> int:
    """Return a calendar day as days since 1970."""
    return day.toordinal() - EPOCH_ORDINAL


def as_date(day: int) -> date | None:
    """Return days since 1970 as a date; None for NEVER."""
    return None if day == NEVER else date.fromordinal(day + EPOCH_ORDINAL)


def as_instant(minute: int) -> datetime | None:
    """Return minutes since 1970 as an aware UTC instant; None for NEVER."""
    return None if minute == NEVER else EPOCH + timedelta(minutes=minute)


class Zone:
    """The offset of a time zone from UTC, in minutes, for many instants at once."""

    def __init__(self, name: str) -> None:
        self._zone = ZoneInfo(name)
        self._starts, self._offsets = self._find_changes()

    def _offset_at(self, hour: int) -> int:
        offset = (EPOCH + timedelta(hours=hour)).astimezone(self._zone).utcoffset()
        assert offset is not None
        return int(offset.total_seconds() // 60)

    def _find_changes(self) -> tuple[Ints, Ints]:
        """Minutes at which the offset changes, and the offset from then on."""
        first, last = (to_day(date(year, 1, 1)) * 24 for year in (FIRST_YEAR, LAST_YEAR))
        starts, offsets = [first * 60], [self._offset_at(first)]
        for day in range(first, last, 24 * 7):
            if self._offset_at(day + 24 * 7) == offsets[-1]:
                continue
            for hour in range(day, day + 24 * 7 + 1):
                if self._offset_at(hour) != offsets[-1]:
                    starts.append(hour * 60)
                    offsets.append(self._offset_at(hour))
        return np.array(starts, dtype=np.int64), np.array(offsets, dtype=np.int64)

    def to_local(self, utc: Ints) -> Ints:
        """Return local wall-clock minutes of UTC minutes."""
        place = np.searchsorted(self._starts, utc, side="right") - 1
        return utc + self._offsets[np.maximum(place, 0)]

    def to_utc(self, local: Ints) -> Ints:
        """Return UTC minutes of local wall-clock minutes."""
        guess = local - (self.to_local(local) - local)
        return local - (self.to_local(guess) - guess)


class Zones:
    """The zones of a trial's sites, addressed by site index."""

    def __init__(self, names: list[str]) -> None:
        self._zones = {name: Zone(name) for name in sorted(set(names))}
        self._names = names

    def to_local(self, utc: Ints, site: Ints) -> Ints:
        """Return local minutes of ``utc`` at each ``site``."""
        return self._by_site(utc, site, local=True)

    def to_utc(self, local: Ints, site: Ints) -> Ints:
        """Return UTC minutes of ``local`` at each ``site``."""
        return self._by_site(local, site, local=False)

    def local_day(self, utc: Ints, site: Ints) -> Ints:
        """Return the local day (days since 1970) of ``utc`` at each ``site``; NEVER stays NEVER."""
        missing = utc == NEVER
        return np.where(missing, NEVER, self.to_local(np.where(missing, 0, utc), site) // DAY)

    def _by_site(self, minutes: Ints, site: Ints, *, local: bool) -> Ints:
        moved = np.array(minutes, dtype=np.int64)
        for index, name in enumerate(self._names):
            here = site == index
            zone = self._zones[name]
            moved[here] = zone.to_local(moved[here]) if local else zone.to_utc(moved[here])
        return moved


def month_end(day: int) -> int:
    """Return the last day of the month of ``day`` (days since 1970)."""
    here = date.fromordinal(day + EPOCH_ORDINAL)
    following = date(here.year + here.month // 12, here.month % 12 + 1, 1)
    return to_day(following) - 1

"""The review cut-off: the trial as it was known at the end of a day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class AsOf:
    """The cut-off that every query, window, rate and due date is measured to.

    ``day`` is a calendar day in ``time_zone`` (the trial's own zone). ``history`` says whether rows have been
    changed since, so that their earlier versions must be read too; leaving it True is always right, only slower.
    ``sites`` are the keys of the sites whose subjects the reader may see, None for all of them.
    """

    day: date
    time_zone: str = "UTC"
    history: bool = True
    sites: frozenset[int] | None = None

    @property
    def moment(self) -> datetime:
        """The first instant (UTC) that is no longer known: midnight after ``day`` in ``time_zone``."""
        midnight = datetime.combine(self.day + timedelta(days=1), time(), ZoneInfo(self.time_zone))
        return midnight.astimezone(UTC)

    def __str__(self) -> str:
        return f"{self.day.isoformat()} (until {self.moment:%Y-%m-%d %H:%M} UTC)"

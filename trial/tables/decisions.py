"""Tables about decisions: what the committee decided, and the lots that may be given."""

from trial.tables.schema import Table, day, integer, moment, number, text

COMMITTEE_DECISIONS = Table(
    "committee decisions",
    "one decision of the safety review committee",
    (
        text("code", "code of the decision"),
        moment("decided_at", "when it was taken"),
        integer("dose_level", "dose level it was about", missing=True),
        text("decision", "escalate, stay, de-escalate, stop or pause"),
        integer("next_level", "dose level it allows next", missing=True),
        text("rationale", "why, in the committee's words"),
    ),
)

LOTS = Table(
    "product lots",
    "one lot of the product",
    (
        text("lot", "lot code"),
        day("released_on", "day of release", missing=True),
        day("expires_on", "last day on which it may be given", missing=True),
        number("viability_percent", "viability at release, percent of cells", missing=True),
        integer("given", "administrations from this lot"),
    ),
)

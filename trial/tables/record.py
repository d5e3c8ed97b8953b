"""Tables about the record itself: the studies it holds."""

from trial.tables.schema import Table, day, integer, text

STUDIES = Table(
    "studies",
    "one study of the record",
    (
        integer("id", "key of the study"),
        text("code", "study code"),
        text("title", "title"),
        text("kind", "live, synthetic or imported"),
        text("time_zone", "IANA zone that the cut-off day is counted in"),
        text("ctcae_version", "CTCAE version pinned for the study", missing=True),
        day("data_through", "last day the data speak of, where they stand still", missing=True),
        day("known_since", "day the first row became known", missing=True),
    ),
)

"""Tables about what people said of the data."""

from trial.tables.schema import Table, flag, moment, text

SUBJECT_OPINIONS = Table(
    "reviews and comments of a subject",
    "one review of an event of the subject, or one comment on the subject or one of its events",
    (
        moment("said_at", "when it was said"),
        text("kind", "review or comment"),
        text("person", "who said it"),
        text("role", "role in which it was said"),
        text("event", "code of the event; missing for a comment on the subject", missing=True),
        text("term", "term of the event", missing=True),
        text("words", "the note or the comment", missing=True),
        flag("of_this_version", "false for a review of a version of the event that has been corrected since"),
    ),
)

"""Tables about what came into the record and what is wrong with it."""

from trial.tables.schema import Table, day, integer, moment, text

HOLDINGS = Table(
    "holdings",
    "one kind of row that the record holds of a study",
    (
        text("kind", "what the rows are"),
        integer("rows", "rows known at the cut-off"),
        day("latest", "UTC day on which the newest of them became known", missing=True),
    ),
)

IMPORT_BATCHES = Table(
    "imports",
    "one accepted import",
    (
        moment("imported_at", "when it was accepted"),
        text("actor", "who imported it"),
        text("files", "names of the files"),
        integer("rows", "rows read"),
        text("digest", "first 12 characters of the SHA-256 of its content"),
    ),
)

ISSUE_COUNTS = Table(
    "data issues by kind",
    "one kind of problem found in the data",
    (text("kind", "kind of problem"), integer("issues", "how often it was found"), integer("subjects", "subjects it concerns")),
)

DATA_ISSUES = Table(
    "data issues",
    "one problem found in the data",
    (
        text("kind", "kind of problem"),
        text("file", "file it stands in"),
        integer("row", "data row in the file, counted from 1", missing=True),
        text("column", "column of the file", missing=True),
        text("subject", "subject code", missing=True),
        text("message", "what is wrong"),
        text("done", "what was done about it"),
    ),
)

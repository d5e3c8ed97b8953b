"""What kind of event a row of DS is: an end of study or of treatment, a milestone, or something else."""

from collections import Counter
from collections.abc import Sequence

from db.importers.records import Record

NOT_COMPLETED = frozenset(
    {
        "ADVERSE EVENT", "DEATH", "DISEASE RELAPSE", "FAILURE TO MEET CONTINUATION CRITERIA", "FAILURE TO MEET RANDOMIZATION CRITERIA",
        "LACK OF EFFICACY", "LOST TO FOLLOW-UP", "NON-COMPLIANCE WITH STUDY DRUG", "OTHER", "PHYSICIAN DECISION", "PREGNANCY",
        "PROGRESSIVE DISEASE", "PROTOCOL DEVIATION", "PROTOCOL VIOLATION", "RECOVERY", "SCREEN FAILURE", "SITE TERMINATED BY SPONSOR",
        "STUDY TERMINATED BY SPONSOR", "TECHNICAL PROBLEMS", "WITHDRAWAL BY PARENT/GUARDIAN", "WITHDRAWAL BY SUBJECT",
    }
)  # fmt: skip
"""Reasons for not completing (CDISC codelist NCOMPLT): endings where DSCAT is not given."""


def classify_dispositions(rows: Sequence[Record]) -> list[tuple[Record, str]]:
    """Return the rows of DS, each with one of trial.terms.DISPOSITION_KINDS.

    DSCAT decides what is an ending; DSSCAT, or EPOCH where a subject has several endings, tells the end of treatment from
    the end of study, so that one subject has one status.
    """
    endings = Counter(record.subject for record in rows if _category(record) == "ending")
    return [(record, _kind(record, several=endings[record.subject] > 1)) for record in rows]


def _category(record: Record) -> str:
    """Whether a row is an ending, a milestone or something else."""
    category, what = record.upper("DSCAT"), record.upper("DSDECOD", "DSTERM")
    if category:
        return {"DISPOSITION EVENT": "ending", "PROTOCOL MILESTONE": "milestone"}.get(category, "other")
    return "ending" if what == "COMPLETED" or what in NOT_COMPLETED else "milestone"


def _kind(record: Record, *, several: bool) -> str:
    """The kind of a row of a subject with one ending or ``several``."""
    category = _category(record)
    if category != "ending":
        return category
    scope = record.upper("DSSCAT") or (record.upper("EPOCH") if several else "")
    of_treatment = "TREATMENT" in scope and "STUDY PART" not in scope and "END OF STUDY" not in scope
    return "end of treatment" if of_treatment else "end of study"

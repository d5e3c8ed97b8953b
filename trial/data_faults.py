"""The register of data faults: what the record of an event, worksheet, answer or death must not say, and what to do about it.

Each rule is looked for by db/queries/data_faults.py, those of ISNCSCI worksheets by db/queries/worksheet_faults.py, those of answers on
complications by db/queries/complications.py, those of deaths by db/queries/death_faults.py. The rules are those of
clinical data review: consistency of dates, of grade, seriousness and outcome, of causality with the order of things, of what a DLT must be
(ICH E2A, E6; EU CTR annex III), and of a classification with its raw inputs (ISNCSCI revision 2019).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class DataFault:
    """One rule: its code, what is wrong in words, and what to do."""

    code: str
    label: str
    cure: str


DATA_FAULTS = (
    DataFault("ends before onset", "The event ends before it begins.", "Correct onset or end."),
    DataFault(
        "before consent", "The event began before consent.", "Record it as medical history, or correct the onset or the date of consent."
    ),
    DataFault(
        "fatal in part",
        "Grade 5, death as a result and fatal outcome do not agree, or one is missing.",
        "All three hold for a fatal event, none for another: correct or complete the one that is wrong.",
    ),
    DataFault(
        "fatal without death",
        "The event is fatal, but the subject has no date of death.",
        "Record the date of death, or correct the event.",
    ),
    DataFault(
        "died without fatal event",
        "The subject died, but no event of the subject is fatal.",
        "Record the fatal event, or correct the date of death.",
    ),
    DataFault("after death", "The event began after the subject's death.", "Correct the onset or the date of death."),
    DataFault(
        "fatal ends another day",
        "The event is fatal, but does not end on the day of death.",
        "The day of death is the end of the event the subject died of: correct one of the two.",
    ),
    DataFault("recovered without end", "The event is recovered, but has no end date.", "Record the end, or correct the outcome."),
    DataFault("ongoing with end", "The event is ongoing, and has an end date.", "Correct one of the two."),
    DataFault("aware before onset", "The site was aware of the event before it began.", "Correct the onset or the time of awareness."),
    DataFault(
        "serious without criterion",
        "The event is serious, but meets none of the six criteria.",
        "Mark the criterion, or correct the seriousness.",
    ),
    DataFault(
        "criterion without serious",
        "The event meets a criterion of seriousness, or is fatal, but is not serious.",
        "Correct one of the two.",
    ),
    DataFault(
        "serious without cause",
        "The event is serious, and the investigator has judged none of its possible causes.",
        "Ask the investigator for the attributions: reporting depends on them.",
    ),
    DataFault(
        "expectedness missing",
        "Serious and attributed to product or procedure, expectedness not judged.",
        "Judge it by the reference safety information: reporting clocks rest on it.",
    ),
    DataFault(
        "DLT without onset",
        "The event counts as a DLT, but the day on which it began is not known.",
        "Find out the onset: the DLT window needs it.",
    ),
    DataFault(
        "DLT without reason", "The event counts as a DLT, but no reason is given.", "Record by which part of the definition it is one."
    ),
    DataFault(
        "DLT outside window", "The event counts as a DLT, but began outside the DLT window.", "Adjudicate it again, or correct the onset."
    ),
    DataFault(
        "DLT without cause",
        "The event counts as a DLT, but neither investigator nor sponsor attributes it as the protocol asks.",
        "Adjudicate it again, or record the attribution.",
    ),
    DataFault(
        "product before first cell",
        "The event is attributed to the product, but began before the first cell.",
        "Correct attribution or onset.",
    ),
    DataFault(
        "procedure before anaesthesia",
        "The event is attributed to the procedure, but began before anaesthesia.",
        "Correct attribution or onset.",
    ),
    DataFault(
        "surgical grade without surgery",
        "The event has a ClassIntra or Clavien-Dindo grade, but began before any operation.",
        "Take the surgical grade out, or correct the onset or the procedure.",
    ),
    DataFault("no grade", "The event has neither a grade nor a severity.", "Grade it."),
    DataFault(
        "other CTCAE version",
        "The event was graded by another version of CTCAE than the study is pinned to.",
        "Grade it anew by the study's version, as a correction with its reason; nothing is graded again by itself.",
    ),
    DataFault(
        "term not offered",
        "The list by which the event is coded, CTCAE or the sponsor's, has no such term.",
        "Choose a term of the version of CTCAE that the event names, else of the study's, or one of the sponsor's supplementary list.",
    ),
    DataFault(
        "grade not offered",
        "The term does not offer this grade in the CTCAE version of event or study.",
        "Grade it again by the term's own grades, or choose another term.",
    ),
    DataFault(
        "split by grade",
        "The same event is recorded again with another grade, without a day between the two.",
        "Keep one event at its worst grade: its history shows how the grade changed. Void the other.",
    ),
    DataFault(
        "worksheet not readable",
        "The ISNCSCI worksheet cannot be read: a value is missing or impossible.",
        "Complete or correct it from the source; what could not be tested is NT.",
    ),
    DataFault(
        "worksheet against totals",
        "A recorded total is not the sum of the ISNCSCI worksheet of that day.",
        "Correct the one that is wrong; with a cell that could not be tested there is no total (ND).",
    ),
    DataFault(
        "worksheet against grade",
        "The recorded AIS grade is not what the ISNCSCI worksheet of that day gives.",
        "Have both classified again by an examiner: the page Neurology shows the worksheet's levels.",
    ),
    DataFault(
        "complication without event",
        "The site answered that a complication occurred, and no event of its terms can have been it.",
        "Record the event, code it by one of the complication's terms, or correct the answer.",
    ),
    DataFault(
        "event despite denial",
        "The site answered that a complication did not occur, and an event of its terms began in that period.",
        "Correct the answer, or the event's term or onset.",
    ),
    DataFault(
        "recorded twice", "The same term with the same onset is recorded twice for this subject.", "Void the one that is not needed."
    ),
)
"""Every rule, in the order in which it is shown."""


def fault_of(code: str) -> DataFault:
    """Return a rule by its code; raise KeyError for an unknown one."""
    return {fault.code: fault for fault in DATA_FAULTS}[code]

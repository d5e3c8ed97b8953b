"""Tables about surgical complications: who judged what, on which scales, from which hour on, and how many were expected."""

from trial.tables.schema import Table, day, flag, integer, number, text
from trial.terms import HEADS, JUDGES

JUDGEMENT_COUNTS = Table(
    "judgements by cause",
    "one cause that events from the incision on are judged against",
    (
        text("head", "the cause"),
        integer("events", "events from the incision on"),
        integer("both", "of these, investigator and sponsor see a reasonable possibility"),
        integer("investigator_only", "only the investigator sees one"),
        integer("sponsor_only", "only the sponsor sees one"),
        integer("neither", "both judged, and neither sees one"),
        integer("one_judge", "one of the two has judged so far"),
        integer("unjudged", "nobody has"),
    ),
)

SURGICAL_GRADES = Table(
    "surgical grades",
    "one grade of a surgical scale with one CTCAE grade, among events from the incision on",
    (
        text("scale", "ClassIntra or Clavien-Dindo"),
        text("code", "grade of that scale"),
        flag("disability", "suffix d: a disability at discharge"),
        integer("grade", "CTCAE grade beside it", missing=True),
        integer("subjects", "subjects with such an event"),
        integer("events", "such events"),
    ),
)

SURGICAL_EVENTS = Table(
    "events from the incision on",
    "one event of a subject with a procedure, in the order of subjects and time",
    (
        text("subject", "subject code"),
        text("event", "event code"),
        text("term", "coded term, else the verbatim one"),
        text("category", "category of the term"),
        text("phase", "code of the phase"),
        integer("days_after", "calendar days from the nearest procedure before it", missing=True),
        number("hours_after_closure", "hours from closure to the onset", missing=True),
        integer("grade", "CTCAE grade", missing=True),
        text("severity", "severity as collected", missing=True),
        text("ctcae_version", "version of CTCAE that graded it", missing=True),
        text("classintra", "ClassIntra grade", missing=True),
        text("clavien_dindo", "Clavien-Dindo grade", missing=True),
        flag("clavien_disability", "suffix d: a disability at discharge", missing=True),
        *(text(f"{judge}_{head}", f"causality: {head}, by the {judge}", missing=True) for head in HEADS for judge in JUDGES),
    ),
)

SURGICAL_TALLY = Table(
    "tally of events from the incision on",
    "all such events that pass the filters",
    (integer("events", "events"), integer("subjects", "subjects who have them")),
)

SURGICAL_COURSES = Table(
    "courses after surgery",
    "one subject with a procedure, from the incision of the first one",
    (
        integer("place", "place of the subject, in an order that names nobody"),
        number("hours", "hours observed: to the next procedure, exit, death or the cut-off"),
        flag("died", "observation was ended by death"),
        number("first_hours", "hours to the first such event; missing without one", missing=True),
        flag("by_day", "the first event is known by its day only: it stands 12 hours into it"),
        integer("undated", "such events without a complete date"),
    ),
)

SURGICAL_FIRSTS = Table(
    "first events after surgery",
    "one subject with such an event after the first procedure, the earliest first",
    (
        text("subject", "subject code"),
        number("first_hours", "hours from the incision to the first such event"),
        integer("grade", "worst grade of such events", missing=True),
        text("severity", "worst severity, where no grade was given", missing=True),
    ),
)

SURGICAL_COUNTS = Table(
    "complications after surgery",
    "one declared background rate of a surgical complication",
    (
        text("background", "code of the background rate"),
        integer("operated", "subjects with a procedure"),
        integer("complete", "of these, subjects observed for all its days after one"),
        integer("at_risk", "complete subjects, and others with such an event in these days"),
        integer("subjects", "subjects with such an event in these days"),
        integer("events", "such events"),
    ),
)

COUNTED_COMPLICATIONS = Table(
    "events counted after surgery",
    "one event that a background rate of a surgical complication counts",
    (
        text("background", "code of the background rate"),
        text("subject", "subject code"),
        text("event", "event code"),
        integer("day", "calendar days from the nearest procedure before it"),
    ),
)

COMPLICATION_CHECKS = Table(
    "complications asked for",
    "one background rate of a complication of surgery",
    (
        text("complication", "code of the background rate"),
        integer("procedures", "procedures"),
        integer("asked", "of these, procedures after which it was answered that it occurred or did not"),
        integer("asked_to_end", "of these, answered that it occurred, or asked to the end of the days it is counted over"),
        integer("occurred", "procedures with an answer that it occurred"),
        integer("not_occurred", "procedures with an answer that it did not, and none that it did"),
        integer("not_assessed", "procedures whose lists leave it not assessed"),
        integer("no_list", "procedures without a list that names it"),
        integer("contradictions", "answers that contradict the adverse events of its terms"),
    ),
)

ASKED_COMPLICATIONS = Table(
    "complications asked for after a subject's procedures",
    "one answer on a complication after a procedure, or that no list names it",
    (
        text("procedure", "procedure code"),
        day("performed_on", "local day of the procedure", missing=True),
        text("complication", "label of the background rate, its code where the protocol has none any more"),
        text("answer", "occurred, did not occur, not assessed, not asked"),
        text("period", "period asked about", missing=True),
        day("checked_on", "day of the answer", missing=True),
        text("event", "code of the adverse event that it was, where the site named it", missing=True),
        text("term", "its term", missing=True),
    ),
)

AMBIGUOUS_ONSETS = Table(
    "onsets between two procedures",
    "one event known by its day only, on a day with two procedures or more of its subject",
    (
        text("subject", "subject code"),
        text("event", "event code"),
        text("term", "coded term, else the verbatim one"),
        text("onset", "onset as collected", missing=True),
        integer("procedures", "procedures of the subject on that day"),
    ),
)

"""Entering an adverse event: its fields, the rules it must satisfy, and the columns that follow from what was collected."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from trial.clocks.calendar import compute_day_after, compute_local_day
from trial.clocks.dlt_rule import is_attributable, is_grave
from trial.dates import CollectedDate, compute_end_day, compute_start_day, read_collected_date
from trial.entry.field import Field
from trial.entry.rule import Breach, breach
from trial.protocol import Protocol
from trial.sentence import Sentence
from trial.terms import (
    ACTIONS,
    CAUSALITIES,
    CLASSINTRA,
    CLAVIEN_DINDO,
    EXPECTEDNESS,
    GRADES,
    OUTCOMES,
    SERIOUSNESS,
    SEVERITIES,
)

UNCODED = "UNCODED"
OVER = ("fatal", "recovered", "recovered with sequelae")
GOES_ON = ("not recovered", "recovering")
ATTRIBUTION_COLUMNS = frozenset(f"{judge}_{head}" for judge in ("investigator", "sponsor") for head in
                                ("product", "procedure", "concomitant", "underlying")) | {"expectedness"}  # fmt: skip
"""What the judges of an event may change without being able to correct what was reported."""

EVENT_FIELDS = (
    Field("verbatim", Sentence("What happened, as reported"), required=True),
    Field("coded_term", Sentence("Coded term")),
    Field("category", Sentence("Category of the term")),
    Field("grade", Sentence("CTCAE grade"), "choice", GRADES),
    Field("severity", Sentence("Severity, where no grade is given"), "choice", SEVERITIES),
    Field("onset_text", Sentence("Onset"), "collected date", required=True),
    Field("end_text", Sentence("End"), "collected date"),
    Field("ongoing", Sentence("Goes on"), "flag"),
    Field("outcome", Sentence("Outcome"), "choice", OUTCOMES),
    Field("action", Sentence("Action taken with the product"), "choice", ACTIONS),
    Field("aware_at", Sentence("The site learned of it"), "moment"),
    Field("investigator_product", Sentence("Investigator: product"), "choice", CAUSALITIES),
    Field("investigator_procedure", Sentence("Investigator: procedure"), "choice", CAUSALITIES),
    Field("investigator_concomitant", Sentence("Investigator: concomitant"), "choice", CAUSALITIES),
    Field("investigator_underlying", Sentence("Investigator: underlying"), "choice", CAUSALITIES),
    Field("sponsor_product", Sentence("Sponsor: product"), "choice", CAUSALITIES),
    Field("sponsor_procedure", Sentence("Sponsor: procedure"), "choice", CAUSALITIES),
    Field("sponsor_concomitant", Sentence("Sponsor: concomitant"), "choice", CAUSALITIES),
    Field("sponsor_underlying", Sentence("Sponsor: underlying"), "choice", CAUSALITIES),
    Field("serious", Sentence("Serious"), "flag"),
    Field("results_in_death", Sentence("results in death"), "flag"),
    Field("life_threatening", Sentence("life-threatening"), "flag"),
    Field("hospitalisation", Sentence("hospitalisation, or a longer one"), "flag"),
    Field("disability", Sentence("lasting disability"), "flag"),
    Field("congenital_anomaly", Sentence("congenital anomaly"), "flag"),
    Field("medically_important", Sentence("medically important"), "flag"),
    Field("expectedness", Sentence("Expectedness"), "choice", EXPECTEDNESS),
    Field("anticipated", Sentence("Anticipated in the underlying condition"), "flag"),
    Field("clavien_dindo", Sentence("Clavien-Dindo grade"), "choice", CLAVIEN_DINDO),
    Field("clavien_disability", Sentence("Clavien-Dindo suffix d (disability at discharge)"), "flag"),
    Field("classintra", Sentence("ClassIntra grade"), "choice", CLASSINTRA),
)
"""What a person may enter of an event, and correct."""


@dataclass(frozen=True)
class EventFacts:
    """What the rules need to know besides the event: the subject's zone, milestones and death, the protocol, and the present instant."""

    entered_at: datetime
    time_zone: str
    protocol: Protocol
    ctcae_version: str | None = None
    first_dose_on: date | None = None
    last_dose_on: date | None = None
    died_on: date | None = None
    terms: Mapping[str, tuple[str, str]] | None = None

    @property
    def entry_day(self) -> date:
        """The present day at the subject's site."""
        return compute_local_day(self.entered_at, self.time_zone)


def check_event(values: Mapping[str, Any], facts: EventFacts) -> Iterator[Breach]:
    """Yield every rule that an event (values by column, readable dates) breaks."""
    if values.get("grade") is None and values.get("severity") is None:
        yield breach("grade severity", Sentence("CTCAE grade"), Sentence("is missing"), Sentence("Give a grade of 1 to 5, or a severity."))
    if values.get("coded_term") and _coding(values, facts) is None:
        cure = Sentence("Give its category, or a term that this record has coded before.")
        yield breach("coded_term category", Sentence("Coded term"), Sentence("has no category"), cure)
    yield from _check_start(values, facts)
    yield from _check_end(values, facts)
    yield from _check_death(values, facts)
    yield from _check_seriousness(values)


def _collected(text: str | None) -> CollectedDate | None:
    return None if text is None else read_collected_date(text)


def _check_start(values: Mapping[str, Any], facts: EventFacts) -> Iterator[Breach]:
    start, aware = _collected(values.get("onset_text")), values.get("aware_at")
    cure = Sentence("Correct the date; what lies ahead cannot have happened.")
    if aware is not None and aware > facts.entered_at:
        yield breach("aware_at", Sentence("The site learned of it"), Sentence("lies in the future"), cure)
    if start is None or start.first is None:
        return
    instant = start.instant(facts.time_zone)
    if start.first > facts.entry_day or (instant is not None and instant > facts.entered_at):
        yield breach("onset_text", Sentence("Onset"), Sentence("lies in the future"), cure)
    elif aware is not None and start.first > compute_local_day(aware, facts.time_zone):
        what = Sentence("lies before the onset")
        yield breach("aware_at onset_text", Sentence("The site learned of it"), what, Sentence("Correct one of the two dates."))
    if facts.died_on is not None and start.first > facts.died_on:
        what = Sentence("lies after the death of the subject on {day}", day=facts.died_on)
        yield breach("onset_text", Sentence("Onset"), what, Sentence("Correct the date, or the date of death."))


def _check_end(values: Mapping[str, Any], facts: EventFacts) -> Iterator[Breach]:
    start, end = _collected(values.get("onset_text")), _collected(values.get("end_text"))
    where, outcome = Sentence("End"), values.get("outcome")
    if end is not None and end.first is not None and end.first > facts.entry_day:
        yield breach("end_text", where, Sentence("lies in the future"), Sentence("Leave it empty while the event goes on."))
    if start and end and _surely_before(end, start, facts.time_zone):
        yield breach("end_text onset_text", where, Sentence("lies before the onset"), Sentence("Correct one of the two dates."))
    if end is not None and values.get("ongoing"):
        yield breach("end_text ongoing", where, Sentence("is given, yet the event goes on"), Sentence("Take one of the two away."))
    if outcome in GOES_ON and (end is not None or values.get("ongoing") is False):
        what = Sentence("says that the event goes on, yet it has ended")
        yield breach("outcome end_text ongoing", Sentence("Outcome"), what, Sentence("Correct the outcome, or take the end away."))
    if outcome in OVER and values.get("ongoing"):
        what = Sentence("says that the event is over, yet it goes on")
        yield breach("outcome ongoing", Sentence("Outcome"), what, Sentence("Correct one of the two."))


def _surely_before(end: CollectedDate, start: CollectedDate, time_zone: str) -> bool:
    """Whether an end lies before a start whatever their missing parts are."""
    moments = end.instant(time_zone), start.instant(time_zone)
    if moments[0] is not None and moments[1] is not None:
        return moments[0] < moments[1]
    return end.last is not None and start.first is not None and end.last < start.first


def _check_death(values: Mapping[str, Any], facts: EventFacts) -> Iterator[Breach]:
    """Grade 5, a fatal outcome and death as a criterion are one and the same, and have a day."""
    grade, death = values.get("grade"), bool(values.get("results_in_death"))
    fatal = values.get("outcome") == "fatal"
    if grade is not None and (grade == 5) != fatal:
        what = Sentence("and a fatal outcome go together, and only one of them is given")
        yield breach("grade outcome", Sentence("CTCAE grade 5"), what, Sentence("Correct the grade or the outcome."))
    if death != fatal:
        what = Sentence("and a fatal outcome go together, and only one of them is given")
        yield breach("results_in_death outcome", Sentence("results in death"), what, Sentence("Correct the criterion or the outcome."))
    if not fatal:
        return
    end = _collected(values.get("end_text"))
    if end is None or end.day is None:
        yield breach(
            "outcome end_text", Sentence("End"), Sentence("of a fatal event is the day of death"), Sentence("Give the whole date.")
        )
    elif facts.died_on is not None and end.day != facts.died_on:
        what = Sentence("differs from the death of the subject on {day}", day=facts.died_on)
        yield breach("outcome end_text", Sentence("End"), what, Sentence("Correct one of the two dates."))


def _check_seriousness(values: Mapping[str, Any]) -> Iterator[Breach]:
    columns, met = "serious " + " ".join(SERIOUSNESS), any(values.get(name) for name in SERIOUSNESS)
    if values.get("serious") and not met:
        yield breach(
            columns, Sentence("Serious"), Sentence("needs at least one of the six criteria"), Sentence("Say which criterion is met.")
        )
    if values.get("serious") is False and met:
        yield breach(columns, Sentence("Serious"), Sentence("is no, yet a criterion is met"), Sentence("Correct one of the two."))


def derive_term(values: Mapping[str, Any], facts: EventFacts) -> dict[str, Any]:
    """Return the columns that follow from verbatim, coded term and category."""
    coded = values.get("coded_term")
    category, dictionary = _coding(values, facts) or (values.get("category") or UNCODED, "uncoded")
    return {
        "term_used": coded or values["verbatim"],
        "category": category,
        "dictionary": dictionary,
        "ctcae_version": facts.ctcae_version if dictionary == "CTCAE" else None,
        "aesi": find_aesi(coded, facts.protocol),
    }


def _coding(values: Mapping[str, Any], facts: EventFacts) -> tuple[str, str] | None:
    """Category and dictionary of the coded term: those it was coded with before, else the category given."""
    coded, category = values.get("coded_term"), values.get("category")
    if not coded:
        return None
    before = (facts.terms or {}).get(coded)
    if before and (not category or category in (before[0], UNCODED)):
        return before
    return (category, "as entered") if category and category != UNCODED else None


def find_aesi(term: str | None, protocol: Protocol) -> str | None:
    """Return the code of the protocol's list of special interest that a coded term stands on; None without one."""
    folded = (term or "").casefold()
    return next((part.code for part in protocol.aesi if folded in (name.casefold() for name in part.terms)), None)


def derive_onset(onset_text: str | None, facts: EventFacts) -> dict[str, Any]:
    """Return the columns that follow from the onset as collected."""
    start = _collected(onset_text)
    day, flag = compute_start_day(start, facts.first_dose_on) if start else (None, None)
    return {
        "onset_text": start.text if start else None,
        "onset_precision": start.precision if start else "unknown",
        "onset_date": day,
        "onset_imputed": flag,
        "onset_latest": start.last if start else None,
        "onset_at": start.instant(facts.time_zone) if start else None,
    }


def derive_end(values: Mapping[str, Any], facts: EventFacts) -> dict[str, Any]:
    """Return the columns that follow from the end as collected, the outcome, and whether the event goes on."""
    end, outcome = _collected(values.get("end_text")), values.get("outcome")
    limit = min(facts.died_on or facts.entry_day, facts.entry_day)
    day, flag = compute_end_day(end, limit) if end else (None, None)
    ongoing = values.get("ongoing")
    if ongoing is None:
        ongoing = False if end or outcome in OVER else True if outcome in GOES_ON else None
    return {
        "end_text": end.text if end else None,
        "end_precision": end.precision if end else "unknown",
        "end_date": day,
        "end_imputed": flag,
        "end_at": end.instant(facts.time_zone) if end else None,
        "ongoing": ongoing,
    }


def is_candidate(values: Mapping[str, Any], facts: EventFacts) -> bool:
    """Return whether an event may be a DLT by the protocol's rule (trial.clocks.dlt_rule) and so must be judged.

    Its onset must be one that can lie inside the window; an onset that is not known can.
    """
    rule, start = facts.protocol.dlt, _collected(values.get("onset_text"))
    if rule is None or facts.first_dose_on is None or not is_attributable(values, rule):
        return False
    if not is_grave(values.get("grade"), values.get("severity"), rule.minimum_grade):
        return False
    anchor = (facts.last_dose_on if rule.counted_from == "last dose" else None) or facts.first_dose_on
    ends = compute_day_after(anchor, rule.window_days)
    first, last = (start.first, start.last) if start else (None, None)
    return (last is None or last >= facts.first_dose_on) and (first is None or first <= ends)

"""What surgery answers for, one view at a time: who judged, surgical scales, time from the incision, what was expected."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.charts.marks import grade_words
from dashboard.charts.surgery import describe_scales, draw_judges, draw_scales, judged_key, name_agreements, name_grade, scaled_key
from dashboard.parts.after_surgery import Operated, show_expected, show_time
from dashboard.parts.basis import show_basis
from dashboard.parts.figure import pick_mark
from dashboard.parts.shield import piece
from dashboard.parts.table import offer_download, show_pages
from dashboard.parts.words import show_answer, show_missing, show_note
from dashboard.text import say
from db.queries.surgery import Cell, JudgedCell, ScaledCell, judgement_counts, surgical_events, surgical_grades, surgical_tally
from trial.grading.surgical import CLAVIEN_NAME, is_neurological, needs_a_second_scale
from trial.terms import HEADS, RELATED


def show_surgery(operated: Operated) -> None:
    """Let the reader choose between the judges, the scales, time from the incision and the background rates."""
    st.subheader(say("What surgery answers for"), anchor=False)
    parts: dict[str, tuple[str, Callable[[Operated], None]]] = {
        "judges": (say("Who judged"), _show_judges),
        "scales": (say("Surgical scales"), _show_scales),
        "time": (say("From the incision"), show_time),
        "expected": (say("Against expectation"), show_expected),
    }

    @piece
    def surgery() -> None:
        """The view that was chosen; it reruns alone."""
        way = st.segmented_control(
            say("Seen"), list(parts), default="judges", required=True, key="surgery-view", format_func=lambda key: parts[key][0]
        )
        parts[way or "judges"][1](operated)

    surgery()


def _show_judges(operated: Operated) -> None:
    """Investigator and sponsor side by side for each cause, and the events on which they differ."""
    view = operated.view
    counts = view.read(judgement_counts, **operated.filters)
    differing = view.read(surgical_tally, **operated.filters, differing=True).iloc[0]
    events = int(counts["events"].iloc[0])
    if not events:
        show_note(say("No event from the incision on."))
        return
    waiting = int(counts["one_judge"].max())
    show_answer(
        say("Investigator and sponsor differ on {n} of {all} events from the incision on.", n=differing["events"], all=f"{events:,}"),
        [say("Up to {n} events wait for the second of the two to judge.", n=f"{waiting:,}") if waiting else ""],
        tone="caution" if differing["events"] else "plain",
    )
    causes: dict[str, str] = {part.head: part.label for part in view.protocol.attributions} or dict(zip(HEADS, HEADS, strict=True))
    alt = say("For each cause how many events investigator, sponsor, both or neither attribute to it")
    mark = pick_mark(draw_judges(counts, causes, colours=view.colours), key=f"judges-{operated.cohort}", alt=alt)
    show_basis(
        view,
        operated.population,
        say(
            "A possibility: possible, probable or definite. The sponsor may not downgrade the investigator: either one suffices to report."
        ),
    )
    agreements = name_agreements()
    cells = {judged_key(head, one): (JudgedCell(head, one), f"{causes[head]}, {agreements[one]}") for head in causes for one in agreements}
    if _list_cell(operated, "judges", cells.get(mark)):
        return
    only = st.toggle(say("Only where they differ"), value=bool(differing["events"]), key=f"judges-only-{operated.cohort}")
    _list_events(operated, "judges", differing=only)


def _show_scales(operated: Operated) -> None:
    """ClassIntra and Clavien-Dindo against CTCAE, and each event that has one of them."""
    view = operated.view
    grades = view.read(surgical_grades, **operated.filters)
    if grades.empty:
        show_missing(
            say("No event has a ClassIntra or a Clavien-Dindo grade."),
            say("Both are entered with the event: ClassIntra for the operation, Clavien-Dindo for complications up to 90 days after it."),
        )
        return
    ungraded = int(grades.loc[grades["grade"].isna(), "events"].sum())
    show_answer(
        say(
            "{n} events have a surgical grade, {without} of them without the CTCAE grade that must stand beside it.",
            n=f"{grades['events'].sum():,}",
            without=ungraded,
        ),
        tone="caution" if ungraded else "plain",
    )
    alt = say("Events by grade of ClassIntra and Clavien-Dindo, across their CTCAE grades")
    mark = pick_mark(draw_scales(grades, colours=view.colours), key=f"scales-{operated.cohort}", alt=alt)
    show_basis(
        view,
        operated.population,
        say("ClassIntra: from incision to closure. Clavien-Dindo: by the therapy needed after it, -d a disability at discharge."),
        say("It is blind to a paralysis that nobody treats: a neurological event is read by CTCAE and examination."),
    )
    cells = {
        scaled_key(row): (_cell_of(row), f"{name_grade(row.scale, row.code, row.disability)}, {grade_words(row.grade, None)}")
        for row in grades.itertuples()
    }
    if not _list_cell(operated, "scales", cells.get(mark)):
        _list_events(operated, "scales", scaled=True)


def _cell_of(row: Any) -> ScaledCell:
    """The cell of a row of SURGICAL_GRADES."""
    return ScaledCell(row.scale, row.code, bool(row.disability), None if pd.isna(row.grade) else int(row.grade))


def _list_cell(operated: Operated, key: str, clicked: tuple[Cell, str] | None) -> bool:
    """List the events of the cell that was clicked, under its name; return whether one was."""
    if clicked is None:
        show_note(say("A click on a cell lists its events."))
        return False
    show_note(say("Listed: {cell}. A second click on the cell lists all again.", cell=clicked[1]))
    _list_events(operated, key, cell=clicked[0])
    return True


def _list_events(operated: Operated, key: str, **narrowed: Any) -> None:
    """The events one by one with both judges and every scale; a row opens its subject."""
    view, filters = operated.view, {**operated.filters, **narrowed}
    count = int(view.read(surgical_tally, **filters).iloc[0]["events"])
    headings = {"subject": say("Subject"), "term": say("Term"), "phase_name": say("Phase"), "began": say("Onset"), "ctcae": say("CTCAE")}
    if key == "scales":
        headings |= {"intra": "ClassIntra", "clavien": CLAVIEN_NAME, "category": say("Category")}
    else:
        headings |= {f"judged_{part.head}": part.label for part in view.protocol.attributions}

    def fetch(page: int, size: int) -> pd.DataFrame:
        """One page of the events."""
        rows = view.read(surgical_events, **filters, offset=(page - 1) * size, limit=size)
        return _arrange(operated, rows)

    marks = "-".join(f"{name}{value}" for name, value in narrowed.items())
    show_pages(count, fetch, key=f"surgery-{key}-{operated.cohort}-{marks}", headings=headings, subject="subject")
    show_note(
        say("! neurological, and graded by Clavien-Dindo alone.")
        if key == "scales"
        else say("Each cause: investigator | sponsor; ≠ the two differ; … not judged.")
    )
    words = ", ".join(f"{name} {value}" for name, value in {"cohort": operated.cohort, **narrowed}.items() if value is not None)
    offer_download(view, f"surgical-events-{key}", lambda now: now.read(surgical_events, **filters), filters=words)


def _arrange(operated: Operated, rows: pd.DataFrame) -> pd.DataFrame:
    """One page of SURGICAL_EVENTS in words."""
    found = list(rows.itertuples())
    scales = [describe_scales(one) for one in found]
    table = rows.assign(
        phase_name=[operated.name_phase(one.phase) for one in found],
        began=[_began(one) for one in found],
        ctcae=[grade_words(one.grade, one.severity) for one in found],
        intra=[intra for intra, _ in scales],
        clavien=[f"{clavien}{' !' if _stands_alone(one, clavien) else ''}" for one, (_, clavien) in zip(found, scales, strict=True)],
    )
    return table.assign(**{f"judged_{head}": [_judged(one, head) for one in found] for head in HEADS})


def _began(one: Any) -> str:
    """When an event began after closure, else on which day after the procedure."""
    if not pd.isna(one.hours_after_closure):
        return say("{hours} h after closure", hours=f"{one.hours_after_closure:,.1f}")
    return say("date incomplete") if pd.isna(one.days_after) else say("day {n}", n=f"{one.days_after:,}")


def _stands_alone(one: Any, clavien: str) -> bool:
    """Whether a neurological event has nothing but its Clavien-Dindo grade."""
    return bool(clavien) and pd.isna(one.grade) and needs_a_second_scale(CLAVIEN_NAME, neurological=is_neurological(one.category))


def _judged(one: Any, head: str) -> str:
    """Both judgements of one cause, and a mark where one sees a possibility and the other does not."""
    words = [getattr(one, f"{judge}_{head}") for judge in ("investigator", "sponsor")]
    seen = [None if pd.isna(word) else word in RELATED for word in words]
    mark = " ≠" if None not in seen and seen[0] != seen[1] else ""
    return " | ".join("…" if pd.isna(word) else say(word) for word in words) + mark

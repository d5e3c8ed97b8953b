"""One ISNCSCI worksheet of one subject beside its baseline: results and cells, what changed, and what contradicts the record."""

import pandas as pd
import streamlit as st

from dashboard.numbers import iso
from dashboard.parts.shield import piece
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import shorten, show_missing, show_note
from dashboard.text import current_language, say
from dashboard.view import View
from db.queries.neurology import neuro_levels, neuro_results
from trial.clocks.pre_dose import OPEN
from trial.grading.isncsci_compare import compare_cells, compare_results
from trial.grading.isncsci_text import read_text
from trial.signals.ascending import place_sheets
from trial.tables.neurology import WORKSHEET_CELLS

ITEMS = {
    "sensory level right": "Sensory level, right",
    "sensory level left": "Sensory level, left",
    "motor level right": "Motor level, right",
    "motor level left": "Motor level, left",
    "neurological level of injury": "Neurological level of injury",
    "AIS": "AIS",
    "sensory zone of partial preservation right": "Sensory zone of partial preservation, right",
    "sensory zone of partial preservation left": "Sensory zone of partial preservation, left",
    "motor zone of partial preservation right": "Motor zone of partial preservation, right",
    "motor zone of partial preservation left": "Motor zone of partial preservation, left",
    "voluntary anal contraction": "Voluntary anal contraction",
    "deep anal pressure": "Deep anal pressure",
    "UEMS": "UEMS",
    "LEMS": "LEMS",
    "LT": "LT",
    "PP": "PP",
}
"""What a result is called."""
ANSWERS = {"Yes": "Yes", "No": "No"}


@piece
def show_worksheet(view: View, subjects: list[str]) -> None:
    """Show one worksheet of one of ``subjects`` (in their order) with the last one that can be read before the first dose."""
    levels = view.read(neuro_levels)
    st.subheader(say("One worksheet beside its baseline"), anchor=False)
    examined = set(levels["subject"])
    offered = [code for code in subjects if code in examined]
    if not offered:
        show_note(say("No worksheet of a dosed subject is on record."))
        return
    whose, when = st.columns(2, gap="medium")
    with whose:
        code = st.selectbox(say("Subject"), offered, key="worksheet-subject", format_func=lambda one: shorten(one, 30))
    own = levels.assign(after=place_sheets(levels))
    own = own[own["subject"] == code].drop_duplicates(["day", "after"], keep="last")
    dates = dict(zip(zip(own["day"].tolist(), own["after"].tolist(), strict=True), own["examined_on"].tolist(), strict=True))
    with when:
        label = say("Examination")
        chosen = st.selectbox(
            label,
            sorted(dates, reverse=True),
            key=f"worksheet-day-{current_language()}-{code}",
            format_func=lambda one: _name_day(dates[one], *one),
        )
    _show_pair(view, own, *chosen)


def _name_day(examined_on: object, day: int, after: bool) -> str:
    if day == 0 and not after:
        return say("{date}, the day of the first dose, before it", date=iso(examined_on))
    return say("{date}, day {day} after the first dose", date=iso(examined_on), day=day)


def _show_pair(view: View, own: pd.DataFrame, day: int, after: bool) -> None:
    """The worksheet of a day, before or ``after`` the dose, and the baseline; ``own`` are those of one subject."""
    chosen = own[(own["day"] == day) & (own["after"] == after)].iloc[0]
    if pd.notna(chosen["fault"]):
        where = say("Missing or impossible: {cells}.", cells=shorten(chosen["fault"], 300))
        show_missing(say("This worksheet cannot be read."), where)
        return
    earlier = own[~own["after"] & ((own["day"] < day) | after) & own["fault"].isna()]
    before = None if earlier.empty else read_text(earlier["worksheet"].iloc[-1])
    now = read_text(chosen["worksheet"])
    if before is None:
        show_note(say("No earlier worksheet before the first dose can be read: nothing is compared."))
    else:
        show_note(say("Baseline: {date}, day {day}.", date=iso(earlier["examined_on"].iloc[-1]), day=int(earlier["day"].iloc[-1])))
    _show_results(compare_results(before, now, _list_recorded(view, chosen)), str(chosen["untested"]))
    _show_cells(view, compare_cells(before, now))


def _list_recorded(view: View, chosen: pd.Series) -> dict[str, str]:
    """Totals and grade that are recorded for a worksheet's day and side of the dose, the last of several."""
    results = view.read(neuro_results)
    own = results[(results["subject"] == chosen["subject"]) & (results["day"] == chosen["day"])]
    own = own[own["standing"].isin((chosen["standing"], OPEN)) | (chosen["standing"] == OPEN)]
    rows = zip(own["test"].tolist(), own["value"].tolist(), own["letter"].tolist(), strict=True)
    return {
        test: str(letter) if test == "AIS" else f"{value:g}" for test, value, letter in rows if pd.notna(letter if test == "AIS" else value)
    }


def _show_results(results: pd.DataFrame, untested: str) -> None:
    """Levels, grade, zones and totals; what is not determinable says between what, and which cells leave it open."""
    shown = results.assign(
        item=[say(ITEMS[item]) for item in results["item"]],
        before=[_tell(value) for value in results["before"]],
        now=[_tell(value) for value in results["now"]],
        recorded=[
            say("{value}, not the same", value=shorten(value, 12)) if wrong else shorten(value, 12)
            for value, wrong in zip(results["recorded"], results["contradicts"], strict=True)
        ],
    )
    headings = {"item": say("Result"), "before": say("Baseline"), "now": say("This worksheet"), "recorded": say("As recorded")}
    show_table(shown, key="worksheet-results", headings=headings, rows=len(shown))
    if untested:
        show_note(
            say(
                "Could not be tested: {cells} (LTR, LTL light touch, PPR, PPL pin prick, UER, UEL, LER, LEL key muscles, right and left; "
                "VAC, DAP anal contraction and pressure).",
                cells=untested,
            )
        )


def _tell(value: str) -> str:
    """A result in words: several are not determinable."""
    parts = value.split(",")
    if len(parts) > 1:
        return say("not determinable: {levels}", levels=" / ".join(parts))
    return say(ANSWERS[value]) if value in ANSWERS else value


def _show_cells(view: View, cells: pd.DataFrame) -> None:
    headings = {
        "right_motor": say("Right: muscle"), "right_light_touch": say("Right: touch"), "right_pin_prick": say("Right: pin"),
        "level": say("Segment"), "left_light_touch": say("Left: touch"), "left_pin_prick": say("Left: pin"),
        "left_motor": say("Left: muscle"),
    }  # fmt: skip
    show_table(cells, key="worksheet-cells", headings=headings, rows=len(cells))
    changed = int(cells[WORKSHEET_CELLS.names[1:]].apply(lambda column: column.str.contains("→")).to_numpy().sum())
    show_note(
        say(
            "Cells that changed since the baseline: {n} of 132, written before → now with ▼ fewer points, ▲ more, ◆ not to be compared. "
            "Key muscles 0 to 5, sensation 0 to 2, NT not testable; one star: impaired for another reason, two: considered normal.",
            n=changed,
        )
    )
    offer_download(view, "worksheet", cells)

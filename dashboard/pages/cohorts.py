"""The cohorts page: a card per cohort, a lane per dosed subject, and the table behind them."""

import pandas as pd
import streamlit as st

from dashboard.kept import kept
from dashboard.parts.frame import show_page
from dashboard.parts.lanes import show_lanes
from dashboard.parts.live import LiveTrial, missing_rules, read_live
from dashboard.parts.shield import piece
from dashboard.parts.table import offer_download, show_pages
from dashboard.parts.words import Tone, shorten, show_answer, show_fact, show_facts, show_missing, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.cohorts import cohorts
from db.queries.dosed import dosed
from trial.clocks.cohort_card import CohortCard, compute_cards
from trial.clocks.dlt_window import compute_ledger
from trial.signals.intervals import describe_rate

CARDS_A_ROW = 4
LANES_A_PAGE = 40


def render(view: View) -> None:
    """Show the page."""
    given = view.read(dosed)
    live = read_live(view)
    rule = view.protocol.dlt
    ledger = _read_ledger(view)
    listed = view.read(cohorts)
    cards = _read_cards(view)
    _show_answer(given, cards, live)
    if rule is None:
        show_missing(
            say("No DLT window is declared, so nobody is counted as evaluable."),
            say("The protocol does not declare {parts}. Declare them in its file and load it as a new version.", parts=missing_rules(view)),
        )
    _show_cards(cards)
    if not given.empty:
        _show_swimmer(view, given, listed)
        _show_behind(view, given, ledger, listed)


@kept
def _read_ledger(view: View) -> pd.DataFrame | None:
    """DLT_LEDGER, of all sites where the rule is applied; None where no window is declared."""
    live, rule = read_live(view), view.protocol.dlt
    return live.ledger if live else compute_ledger(view.read(dosed), rule, view.as_of.day) if rule else None


@kept
def _read_cards(view: View) -> tuple[CohortCard, ...]:
    """A card for each cohort."""
    live = read_live(view)
    return compute_cards(view.read(cohorts), _read_ledger(view), view.protocol, live.gate if live else None)


def _show_answer(given: pd.DataFrame, cards: tuple[CohortCard, ...], live: LiveTrial | None) -> None:
    """Where the trial stands, in one sentence, and when the next subject may be dosed."""
    counted = [card.counts for card in cards if card.counts]
    evaluable, dlt = sum(counts.evaluable for counts in counted), sum(counts.dlt for counts in counted)
    pending = sum(counts.in_window + counts.awaiting for counts in counted)
    if given.empty:
        show_answer(say("Nobody has been dosed yet."))
        return
    if not counted:
        show_answer(say("{dosed} dosed.", dosed=f"{len(given):,}"))
        return
    tone: Tone = "caution" if dlt else "plain"
    sentence = say(
        "{dosed} dosed: {evaluable} evaluable, of these {dlt} with a DLT; {pending} pending; {out} not evaluable.",
        dosed=f"{len(given):,}",
        evaluable=f"{evaluable:,}",
        pending=f"{pending:,}",
        dlt=f"{dlt:,}",
        out=f"{sum(counts.not_evaluable for counts in counted):,}",
    )
    basis = [say("DLT over all doses: {rate}", rate=describe_rate(dlt, evaluable))] if evaluable else []
    if live and live.gate:
        basis += [say("Blocked by {rule}: {evidence}", rule=check.rule, evidence=check.evidence) for check in live.gate.blockers]
    show_answer(sentence, basis, tone=tone)


def _show_cards(cards: tuple[CohortCard, ...]) -> None:
    """The cards, four a row, of equal height."""
    for start in range(0, len(cards), CARDS_A_ROW):
        chunk = cards[start : start + CARDS_A_ROW]
        for column, card in zip(st.columns(max(len(chunk), min(len(cards), CARDS_A_ROW)), gap="small"), chunk, strict=False):
            with column, st.container(border=True, height="stretch"):
                _show_card(card)


def _show_card(card: CohortCard) -> None:
    names = [card.label] if card.dose is None or card.dose == card.label else [card.label, card.dose]
    label = " · ".join(shorten(name, 40) for name in names)
    value = (
        say("{n} dosed", n=f"{card.dosed:,}") if card.planned is None else say("{n} of {planned} dosed", n=card.dosed, planned=card.planned)
    )
    counts = card.counts
    show_fact(label, value, translate(card.following), tone="caution" if counts and counts.dlt else "plain")
    if counts is None or card.cohort is None:
        return
    pairs = [(say("In DLT window"), str(counts.in_window)), (say("Awaiting judgement"), str(counts.awaiting))]
    pairs.append((say("Evaluable"), str(counts.evaluable)))
    pairs += [(say("Not evaluable"), str(counts.not_evaluable))] if counts.not_evaluable else []
    show_facts(pairs)
    rate = translate(describe_rate(counts.dlt, counts.evaluable)) if counts.evaluable else say("none evaluable")
    show_note(say("DLT: {rate}", rate=rate))


def _show_swimmer(view: View, given: pd.DataFrame, listed: pd.DataFrame) -> None:
    st.subheader(say("Every dosed subject"), anchor=False)
    ordered = given.sort_values("cohort", kind="stable", na_position="last")

    @piece
    def swimmer() -> None:
        """One page of lanes; it reruns alone."""
        shown, until = _choose(view, ordered, listed)
        pages = -(-len(shown) // LANES_A_PAGE)
        page = st.pagination(pages, key="lanes-page") if pages > 1 else 1
        first = (page - 1) * LANES_A_PAGE
        codes = tuple(shown["subject"].iloc[first : first + LANES_A_PAGE])
        if not codes:
            show_note(say("Nobody of this cohort has been dosed."))
            return
        show_lanes(view, codes, key="lanes", until=until)
        show_note(
            say(
                "Lanes {first}-{last} of {count}. A mark is the worst event that began on its day; events before the first dose or without "
                "any date are in the subject's own listing.",
                first=first + 1,
                last=first + len(codes),
                count=f"{len(shown):,}",
            )
        )

    swimmer()


def _choose(view: View, ordered: pd.DataFrame, listed: pd.DataFrame) -> tuple[pd.DataFrame, int | None]:
    """Let the reader choose a cohort and how far the axis goes; return the subjects and the last day shown."""
    names = dict(zip(listed["cohort"], listed["label"], strict=True))
    window = view.protocol.dlt.window_days if view.protocol.dlt else 28
    left, right = st.columns([1, 2], gap="medium", vertical_alignment="bottom")
    with left:
        chosen = st.selectbox(
            say("Cohort"),
            [None, *names],
            format_func=lambda number: say("All cohorts") if number is None else names[number],
            key="lanes-cohort",
        )
    spans = {"all": say("Whole follow-up"), "near": say("First {days} days", days=3 * window)}
    with right:
        span = st.segmented_control(
            say("Shown"), list(spans), default="all", required=True, key="lanes-span", format_func=spans.__getitem__
        )
    shown = ordered if chosen is None else ordered[ordered["cohort"] == chosen]
    return shown, 3 * window if span == "near" else None


def _show_behind(view: View, given: pd.DataFrame, ledger: pd.DataFrame | None, listed: pd.DataFrame) -> None:
    """The table behind the lanes; with a DLT window the state of each subject and its reason."""
    st.subheader(say("The subjects behind it"), anchor=False)
    labels = dict(zip(listed["cohort"], listed["label"], strict=True))
    source = given if ledger is None else ledger
    table = source.assign(cohort_label=[labels.get(number, "") for number in source["cohort"]])
    headings = {"subject": say("Subject"), "site": say("Site"), "cohort_label": say("Cohort"), "first_dose_on": say("First dose")}
    if ledger is None:
        headings |= {
            "last_dose_on": say("Last dose"),
            "administrations": say("Administrations"),
            "status": say("Status"),
            "left_on": say("Left on"),
        }
    else:
        headings |= {"window": say("DLT window"), "window_ends_on": say("Window ends"), "state": say("State"), "because": say("Because")}

    def fetch(page: int, size: int) -> pd.DataFrame:
        """One page of the subjects, in words."""
        part = table.iloc[(page - 1) * size : page * size]
        if ledger is None:
            return part.assign(status=[say(word) for word in part["status"]])
        days = [
            say("day {day} of {days}", day=row.window_day, days=(row.window_ends_on - row.window_from).days) for row in part.itertuples()
        ]
        reasons = [translate(words) for words in part["because"]]
        return part.assign(window=days, state=[say(word) for word in part["state"]], because=reasons)

    show_pages(len(table), fetch, key="subjects", headings=headings, subject="subject")
    offer_download(view, "dosed-subjects", table)


if __name__ == "__main__":
    show_page("cohorts", render)

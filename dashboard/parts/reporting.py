"""What is due to whom: the clocks of serious events, the site's 24 hours, and how far each target is from the cut-off."""

from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dashboard.kept import kept
from dashboard.numbers import iso
from dashboard.parts.table import offer_download, show_pages
from dashboard.parts.words import show_answer, show_note
from dashboard.text import say
from dashboard.view import View
from db.queries.reporting import serious_versions
from trial.clocks.reporting import FOLLOW_UP_DAYS, INVESTIGATOR_HOURS, OTHER_DAYS, URGENT_DAYS
from trial.clocks.susar import NEAR_DAYS, PROMPT, compute_reporting_clocks, count_near, list_heads
from trial.terms import JUDGES

PAGE = 20
ABOUT = ["subject", "term", "report", "expected", "why_suspected", "why_serious", "event"]
CLOCK = ["by", "state", "started", "initial", "complete", "by_text"]


@kept
def read_clocks(view: View) -> pd.DataFrame:
    """Return REPORTING_CLOCKS of the study at the cut-off, on clocks kept in its time zone."""
    heads = tuple(list_heads([part.head for part in view.protocol.attributions]))
    return compute_reporting_clocks(view.read(serious_versions), heads, view.as_of.time_zone, view.as_of.day)


@kept
def _count_near(view: View) -> tuple[int, int]:
    """How many targets are near, ahead and passed."""
    return count_near(read_clocks(view), view.as_of.day)


def note_near(view: View) -> None:
    """Say on one line how many targets are near the cut-off; nothing where none is, or where the reader may not see them."""
    if not view.sees(serious_versions):
        return
    coming, passed = _count_near(view)
    if coming or passed:
        show_note(
            say(
                "Reports of serious events to authorities: target dates within {days} days: {coming}; passed in the last {days} days: "
                "{passed}, and whether they were sent is not recorded here. The Adverse events page lists them.",
                days=NEAR_DAYS,
                coming=coming,
                passed=passed,
            )
        )


def show_reporting(view: View) -> None:
    """Show the clocks of the serious events, what is near first; a row opens its subject."""
    st.subheader(say("What is due to whom"), anchor=False)
    clocks = read_clocks(view)
    if clocks.empty:
        show_note(say("No serious event: nothing is due."))
        return
    _show_near(view)
    _show_clocks(view)
    _show_rules(view)
    offer_download(view, "reporting-clocks", read_clocks)
    _show_site_reports(view)


def _show_clocks(view: View) -> None:
    """The clocks towards authorities, one a row."""
    shown, _ = _arrange(view)
    if shown.empty:
        return
    headings = {
        "by": say("Target"),
        "state": say("State at the cut-off"),
        "subject": say("Subject"),
        "term": say("Term"),
        "report": say("Report to FDA, CDE, EU"),
        "started": say("Day 0"),
        "expected": say("Expectedness"),
        "why_suspected": say("Suspected cause"),
        "why_serious": say("Serious because"),
        "initial": say("Initial report by"),
        "complete": say("Complete report by"),
        "by_text": say("FDA by its text"),
        "event": say("Event"),
    }
    _page(shown, "reporting-clocks", headings)


def _show_site_reports(view: View) -> None:
    """Every serious event with the hours that the site took, and why it has a clock towards authorities or none."""
    st.subheader(say("From the site to the sponsor, within {hours} hours", hours=int(INVESTIGATOR_HOURS)), anchor=False)
    _, shown = _arrange(view)
    zone = view.as_of.time_zone
    headings = {
        "subject": say("Subject"),
        "term": say("Term"),
        "site_report": say("State at the cut-off"),
        "report": say("Report to FDA, CDE, EU"),
        "learned": say("Site learned ({zone})", zone=zone),
        "received": say("Here as serious since ({zone})", zone=zone),
        "why_serious": say("Serious because"),
        "why_suspected": say("Suspected cause"),
        "expected": say("Expectedness"),
        "event": say("Event"),
    }
    _page(shown, "site-reports", headings)
    show_note(
        say(
            "Elapsed hours from the moment the site learned of the event, as it was entered, until the event stood in this record as "
            "serious, which is taken for the report to the sponsor."
        )
    )


def _page(shown: pd.DataFrame, key: str, headings: dict[str, str]) -> None:
    """A table of clocks, a page at a time; a row opens its subject."""
    show_pages(
        len(shown),
        lambda page, size: shown.iloc[(page - 1) * size : page * size],
        key=key,
        headings=headings,
        subject="subject",
        size=PAGE,
    )


def _show_near(view: View) -> None:
    """What is near in one sentence; then what these dates are not."""
    sentence, late, near = _sum_up(view)
    limits = say(
        "These are target dates to plan by, counted from the cut-off day. Firstwatch is no validated safety database and submits "
        "nothing; whether a report was sent is not recorded here."
    )
    show_answer(sentence, [late, limits], tone="caution" if near else "plain")


@kept
def _sum_up(view: View) -> tuple[str, str, bool]:
    """How many serious events there are, how many clocks run and what is near; how many were late; and whether anything is near."""
    clocks = read_clocks(view)
    coming, passed = _count_near(view)
    running = clocks[(clocks["clock"] != "none") & clocks["ended_on"].isna()]
    events = clocks["event"].nunique()
    sentence = say(
        "{events} serious events, {cases} of them with a clock towards authorities. Target dates within {days} days: {coming}; "
        "passed in the last {days} days: {passed}.",
        events=f"{events:,}",
        cases=f"{running['event'].nunique():,}",
        days=NEAR_DAYS,
        coming=coming,
        passed=passed,
    )
    if (clocks["clock"] == "none").all():
        sentence = say("{events} serious events, none with a clock towards authorities: expected, or not suspected.", events=f"{events:,}")
    prompt = clocks.drop_duplicates("event")["prompt"]
    late = say(
        "Recorded here more than {hours} hours after the site learned of it: {late} of {known} serious events with both times.",
        hours=int(INVESTIGATOR_HOURS),
        late=f"{(prompt == 'late').sum():,}",
        known=f"{prompt.isin(('late', 'met')).sum():,}",
    )
    return sentence, late, bool(coming or passed)


@kept
def _arrange(view: View) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The clocks with their words, and every serious event once with the hours of its site, the worst of these first."""
    told = _put_in_words(view)
    once = told.drop_duplicates("event").sort_values(["place", "serious_from"], ascending=[True, False], kind="stable")
    return told.loc[told["clock"] != "none", [*ABOUT, *CLOCK]], once[[*ABOUT, "site_report", "learned", "received"]]


def _put_in_words(view: View) -> pd.DataFrame:
    """REPORTING_CLOCKS with what the tables say of each row."""
    clocks = read_clocks(view)
    zone = ZoneInfo(view.as_of.time_zone)
    rows = list(clocks.itertuples(index=False))
    return clocks.assign(
        place=[PROMPT.index(row.prompt) for row in rows],
        by=[iso(row.target) for row in rows],
        started=[iso(row.day_0) for row in rows],
        initial=[iso(row.initial_by) for row in rows],
        complete=[iso(row.complete_by) for row in rows],
        by_text=[say("not judged yet") if pd.isna(row.fda_by_text) else iso(row.fda_by_text) for row in rows],
        state=[_state(row) for row in rows],
        report=[_report(row) for row in rows],
        why_serious=[_criteria(row.criteria) for row in rows],
        why_suspected=[_causes(view, row) for row in rows],
        expected=[_expected(row) for row in rows],
        site_report=[_site_report(row) for row in rows],
        learned=[_local(row.aware_at, zone) for row in rows],
        received=[_local(row.serious_from, zone) for row in rows],
    )


def _state(row: Any) -> str:
    """How far the target is from the cut-off day; never that a report is late, since nobody records here that it was sent."""
    if row.standing == "none":
        return ""
    if row.standing == "ended":
        return say("does not qualify any more since {day}", day=iso(row.ended_on))
    if row.standing == "passed":
        return say("passed on {day}; whether it was sent is not recorded here", day=iso(row.target))
    ahead = say("on the cut-off day") if row.days_left == 0 else say("in {days} d", days=row.days_left)
    if row.target == row.initial_by:
        return ahead
    return say(
        "complete report {ahead}; initial one: passed on {day}, whether it was sent is not recorded here",
        ahead=ahead,
        day=iso(row.initial_by),
    )


def _report(row: Any) -> str:
    """Which clock the event has, or why it has none."""
    if row.clock == "none":
        return say("none: expected") if row.expectedness == "expected" else say("none: not suspected")
    urgent = say("{days} days, complete after {all}", days=URGENT_DAYS, all=FOLLOW_UP_DAYS)
    text = say("{days} days", days=OTHER_DAYS) if pd.isna(row.complete_by) else urgent
    return say("{report}; kept beside a newer clock", report=text) if row.kept else text


def _criteria(criteria: str) -> str:
    """The criteria of seriousness in words."""
    return ", ".join(say(word) for word in criteria.split(", ")) if criteria else say("no criterion marked")


def _causes(view: View, row: Any) -> str:
    """Which causes are suspected and by whom."""
    if row.suspected == "not judged":
        return say("not judged: counts as suspected until it is")
    if not row.causes:
        return say("none")
    found = []
    for part in row.causes.split("; "):
        head, _, judges = part.partition(": ")
        named = [say(judge) for judge in JUDGES if judge in judges.split(", ")]
        found.append(f"{say(view.protocol.label_of(head))} ({', '.join(named)})")
    return "; ".join(found)


def _expected(row: Any) -> str:
    if row.expectedness == "not judged" and row.clock != "none":
        return say("not judged: counts as unexpected until it is")
    return say(row.expectedness)


def _site_report(row: Any) -> str:
    """How the site's report stands to its hours, in words."""
    if row.prompt == "met":
        return say("met: after {hours} h", hours=f"{row.hours:.1f}")
    if row.prompt == "late":
        return say("late by {hours} h", hours=f"{row.hours - INVESTIGATOR_HOURS:.1f}")
    words = {
        "not recorded": say("awareness not recorded"),
        "at entry": say("awareness given as the moment of entry"),
        "serious later": say("serious only later: when the site learned that is not recorded"),
        "before awareness": say("recorded before the site learned of it: correct the time"),
    }
    return words[row.prompt]


def _local(instant: Any, zone: ZoneInfo) -> str:
    return "" if pd.isna(instant) else f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


def _show_rules(view: View) -> None:
    """By which rules the dates are counted, and what they do not cover."""
    heads = list_heads([part.head for part in view.protocol.attributions])
    labels = [say(view.protocol.label_of(head)) for head in heads]
    show_note(
        say(
            "A clock runs for a serious event that investigator or sponsor attributes to {causes}, and that is unexpected (SUSAR): 7 days "
            "where it is fatal or life-threatening, the complete report 8 days later; else 15 days. They run from day 0, weekends counted, "
            "in {zone}: ICH E2A and CDE, EU CTR, and FDA by the earlier reading. FDA by its text: 15 days from the day on which the case "
            "was judged to qualify.",
            causes=" / ".join(labels),
            zone=view.as_of.time_zone,
        )
    )
    show_note(
        say(
            "Day 0 is the day from which this record shows a case that qualifies; a judgement given later counts from then too, a changed "
            "one from its change. No field holds the sponsor's receipt: who learned of it earlier by another way counts from there. An "
            "imported event stands here since its entry where the export tells it, else since the day it was collected or happened."
        )
    )
    show_note(
        say(
            "Not covered: follow-up reports of new information, aggregate reports, authorities with a clock in another zone, events that "
            "are no longer serious."
        )
    )

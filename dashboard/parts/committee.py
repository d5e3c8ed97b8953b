"""The committee's decisions beside the rule, as parts of the Escalation page."""

from dataclasses import replace
from datetime import date

import pandas as pd
import streamlit as st

from dashboard.charts.pathways import say_step
from dashboard.kept import kept
from dashboard.parts.live import LiveTrial, read_live
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import Tone, show_answer, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.dlt_candidates import dlt_candidates
from db.queries.dosed import dosed
from trial.clocks.calendar import compute_local_day
from trial.clocks.dlt_candidates import find_questions, hold_unjudged
from trial.clocks.dlt_window import compute_ledger
from trial.escalation.agreement import review_decisions
from trial.standing import count_state
from trial.tables import DLT_LEDGER
from trial.tables.decisions import DECISION_REVIEW

MOST_REVIEWED = 12
"""Decisions, the newest ones, that are held against the rule on a page."""


@kept
def review_committee(view: View) -> pd.DataFrame:
    """Return DECISION_REVIEW of the newest decisions, on what was known then and on what is known at the cut-off."""
    live, part = read_live(view), view.protocol.escalation
    if live is None or live.decisions.empty or part is None:
        return DECISION_REVIEW.empty()
    recent = live.decisions.tail(MOST_REVIEWED)
    days = [compute_local_day(moment.to_pydatetime(), view.as_of.time_zone) for moment in recent["decided_at"]]
    then = {day: _read_ledger(view, day) for day in days}
    levels = len(view.protocol.dose_levels)
    return review_decisions(recent, days, then, live.ledger, lambda rows: live.design.decide(count_state(rows, part, levels)))


def _read_ledger(view: View, day: date) -> pd.DataFrame:
    """DLT_LEDGER as it was known at the end of an earlier day."""
    rule = view.protocol.dlt
    if rule is None:
        return DLT_LEDGER.empty()
    past = replace(view, as_of=replace(view.as_of, day=day, history=True))
    ledger = compute_ledger(past.read_whole(dosed), rule, day)
    return hold_unjudged(ledger, find_questions(past.read_whole(dlt_candidates, rule=rule), ledger, rule))


def show_committee(live: LiveTrial, reviewed: pd.DataFrame, labels: dict[int, str]) -> None:
    """The committee's last word, and whether it and the rule have agreed."""
    if live.decisions.empty:
        show_answer(say("The committee has not decided yet."), [say("0 decisions recorded up to this cut-off.")])
        return
    last = live.decisions.iloc[-1]
    following = labels.get(int(last["next_level"]), "") if pd.notna(last["next_level"]) else ""
    lines, tone = _say_agreement(reviewed, labels)
    show_answer(
        say(
            "Committee, {day}: {decision} {dose}",
            day=reviewed["decided_on"].iloc[-1].date(),
            decision=say(last["decision"]),
            dose=following,
        ),
        [*lines, str(last["rationale"])[:300]],
        tone=tone,
    )


def _say_agreement(reviewed: pd.DataFrame, labels: dict[int, str]) -> tuple[list[str], Tone]:
    """What stands out among the decisions: those to look at again first, then those beyond the rule."""
    lines: list[str] = []
    for row in reviewed[reviewed["reopened"]].itertuples(index=False):
        now = say_step(row.later_action, row.later_level, labels)
        lines.append(
            say("Look at {code} again: on what is known now of the same subjects, the rule says: {step}.", code=row.code, step=now)
        )
    beyond = reviewed.loc[reviewed["verdict"] == "less careful", "code"].tolist()
    if beyond:
        lines.append(say("Less careful than the rule, to be explained: {codes}.", codes=", ".join(beyond)))
    careful, n = int((reviewed["verdict"] == "more careful").sum()), len(reviewed)
    if not beyond and careful:
        lines.append(
            say("Rule and committee agree on {k} of {n} decisions; in the others the committee was more careful.", k=n - careful, n=n)
        )
    elif not beyond:
        lines.append(say("Rule and committee agree on {k} of {n} decisions.", k=n, n=n))
    return lines, "stop" if lines and (beyond or reviewed["reopened"].any()) else "plain"


def show_review(view: View, reviewed: pd.DataFrame, count: int, labels: dict[int, str]) -> None:
    """Every decision held against the rule, in a table."""
    if reviewed.empty:
        return
    st.subheader(say("The committee's decisions beside the rule"), anchor=False)
    rows = reviewed[::-1]
    table = rows.assign(
        committee=[_say_decision(row, labels) for row in rows.itertuples(index=False)],
        rule=[say_step(row.rule_action, row.rule_level, labels) for row in rows.itertuples(index=False)],
        verdict=[_say_verdict(word) for word in rows["verdict"]],
        now=[
            say_step(row.later_action, row.later_level, labels) if row.reopened else say("no change")
            for row in rows.itertuples(index=False)
        ],
        because=[translate(text) for text in rows["because"]],
    )
    headings = {"decided_on": say("decided on"), "code": say("decision"), "committee": say("committee"), "rule": say("the rule then")}
    headings |= {"verdict": say("committee beside rule"), "now": say("the rule on what is known now"), "because": say("because")}
    show_table(table, key="review", headings=headings, rows=6)
    if count > len(reviewed):
        show_note(say("The newest {n} of {all} decisions.", n=len(reviewed), all=count))
    show_note(say("The rule of the protocol in force at the cut-off, on the subjects dosed by then, as known at the end of that day."))
    offer_download(view, "decisions-beside-the-rule", reviewed)


def _say_verdict(verdict: str) -> str:
    words = {"agrees": say("agrees"), "more careful": say("more careful"), "less careful": say("less careful")}
    return words[verdict]


def _say_decision(row: object, labels: dict[int, str]) -> str:
    decision, level = row.decision, row.next_level  # type: ignore[attr-defined]
    dose = labels.get(int(level), str(level)) if pd.notna(level) else ""
    return f"{say(decision)} {dose}".strip()

"""What could come next, and what if: the tree of outcomes and a state that is only supposed, never mixed with the real one."""

import pandas as pd
import streamlit as st

from dashboard.charts.pathways import draw_tree, say_result, say_step
from dashboard.parts.figure import show_figure
from dashboard.parts.live import LiveTrial
from dashboard.parts.shield import piece
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import show_answer, show_missing, show_note
from dashboard.text import say, tell_faults, translate
from dashboard.view import View
from trial.clocks.dlt_window import PENDING
from trial.errors import FaultyInput
from trial.escalation.state import State
from trial.escalation.tree import grow_tree, list_branches
from trial.escalation.what_if import Supposition, suppose
from trial.signals.intervals import describe_percent, describe_rate

MOST_LEAVES = 24
"""Leaves of a tree that a reader can take in; a larger one is shown one cohort shorter."""


def show_tree(view: View, live: LiveTrial, labels: dict[int, str]) -> None:
    """The next one to three cohorts from today's real state, as a picture and in words."""

    @piece
    def tree() -> None:
        """The outcome tree to the depth that was chosen; it reruns alone."""
        st.subheader(say("What could come next"), anchor=False)
        asked = st.segmented_control(
            say("Cohorts ahead"),
            [1, 2, 3],
            default=2,
            required=True,
            key="tree-cohorts",
            label_visibility="collapsed",
            format_func=_say_ahead,
        )
        cohorts = int(asked or 2)
        found = list_branches(grow_tree(live.design, live.state, cohorts))
        while cohorts > 1 and int(found["leaf"].sum()) > MOST_LEAVES:
            cohorts -= 1
            found = list_branches(grow_tree(live.design, live.state, cohorts))
        if found.empty:
            show_note(say("Nothing: the rule has stopped the trial and nobody is pending."))
            return
        if asked and cohorts < asked:
            show_note(say("Further ahead the tree has too many branches to read; {n} cohorts are shown.", n=cohorts))
        today = say_step(live.decision.action, live.decision.dose, labels)
        figure = draw_tree(found, labels, colours=view.colours, today=today)
        show_figure(figure, key="tree", alt=say("Tree of the results of the coming cohorts with the decision on each and its probability"))
        show_note(
            say(
                "Each box: the result of one more cohort, how likely it is by today's posterior, and what the rule then says. Subjects "
                "still pending and open places come first. Neighbours with the same consequences are one; results below 1% are "
                "gathered, and branches below 5% are not followed further."
            )
        )
        with st.expander(say("The tree in words")):
            _show_words(view, found, labels)

    tree()


def _say_ahead(cohorts: int) -> str:
    return say("1 cohort") if cohorts == 1 else say("{n} cohorts", n=cohorts)


def _show_words(view: View, tree: pd.DataFrame, labels: dict[int, str]) -> None:
    """A row per leaf: how the trial gets there, what the rule then says, and how likely it is."""
    rows = {int(row.node): row for row in tree.itertuples(index=False)}
    leaves = tree[tree["leaf"]].sort_values("probability", ascending=False, kind="stable")
    paths = [_say_path(int(node), rows, labels) for node in leaves["node"]]
    steps = [
        say("not followed") if pd.isna(row.action) else say_step(row.action, row.next_level, labels)
        for row in leaves.itertuples(index=False)
    ]
    words = leaves.assign(
        path=paths,
        then=steps,
        chance=[describe_percent(share) for share in leaves["probability"]],
        why=[translate(t) for t in leaves["because"]],
    )
    headings = {"path": say("if there are"), "then": say("then the rule says"), "chance": say("chance"), "why": say("because")}
    show_table(words, key="tree-words", headings=headings, rows=10)
    offer_download(view, "what-could-come-next", tree)


def _say_path(node: int, rows: dict[int, object], labels: dict[int, str]) -> str:
    parts: list[str] = []
    while node:
        row = rows[node]
        dose = labels.get(int(row.dose_level), "")  # type: ignore[attr-defined]
        parts.insert(0, f"{say_result(row.low, row.high, row.size)} · {dose}")  # type: ignore[attr-defined]
        node = 0 if pd.isna(row.parent) else int(row.parent)  # type: ignore[attr-defined]
    return " → ".join(parts)


def show_what_if(view: View, live: LiveTrial, labels: dict[int, str]) -> None:
    """Today's answer and, beside it and marked as such, the answer to what the reader supposes."""

    @piece
    def what_if() -> None:
        """Today beside what was supposed; it reruns alone."""
        supposed = _ask(live, labels)
        real, hypothetical = st.columns(2, gap="medium")
        with real, st.container(border=True, height="stretch"):
            show_note(say("TODAY"))
            decision = live.decision
            show_answer(say_step(decision.action, decision.dose, labels), [translate(decision.because), _say_counts(live.state, labels)])
        with hypothetical, st.container(border=True, height="stretch"):
            show_note(say("HYPOTHETICAL · not the state of the trial"))
            _show_supposed(view, live, labels, supposed)

    with st.expander(say("What if ... (hypothetical)")):
        what_if()


def _ask(live: LiveTrial, labels: dict[int, str]) -> Supposition:
    """Which pending subjects are supposed to have a DLT or none, and which cohort is added."""
    pending = live.ledger.loc[live.ledger["state"] == PENDING, "subject"].tolist()
    left, right = st.columns(2, gap="medium")
    dlt = left.multiselect(say("Pending subjects with a DLT"), pending, key="if-dlt", disabled=not pending, wrap=True)
    none = right.multiselect(
        say("Pending subjects without one"), [code for code in pending if code not in dlt], key="if-none", disabled=not pending, wrap=True
    )
    first, second, third = st.columns([2, 1, 1], gap="medium", vertical_alignment="bottom")
    level = first.selectbox(
        say("And a further cohort at"),
        [None, *labels],
        key="if-level",
        format_func=lambda number: say("no cohort") if number is None else labels[number],
    )
    size = int(second.number_input(say("Subjects"), 1, 20, live.design.cohort_size, key="if-size", disabled=level is None))
    events = int(third.number_input(say("of these, with a DLT"), 0, 20, 0, key="if-events", disabled=level is None))
    return Supposition(frozenset(dlt), frozenset(none), None if level is None else (int(level), size, events))


def _show_supposed(view: View, live: LiveTrial, labels: dict[int, str], supposed: Supposition) -> None:
    part = view.protocol.escalation
    if supposed.changes_nothing or part is None:
        show_answer(say("Nothing is supposed yet."), [say("Move pending subjects or add a cohort above; nothing here is recorded.")])
        return
    try:
        state = suppose(live.ledger, part, len(labels), supposed)
    except FaultyInput as error:
        show_missing(say("This cannot be supposed."), tell_faults(error))
        return
    decision = live.design.decide(state)
    answer = say("Then: {step}", step=say_step(decision.action, decision.dose, labels))
    show_answer(answer, [translate(decision.because), _say_counts(state, labels)], tone="caution")


def _say_counts(state: State, labels: dict[int, str]) -> str:
    """Every dose with its counts and their interval."""
    parts = []
    for level, count in enumerate(state.doses, 1):
        words = {"dose": labels.get(level, ""), "rate": describe_rate(count.dlt, count.evaluable)}
        if count.pending:
            parts.append(say("{dose}: {rate} and {more} pending", **words, more=len(count.pending)))
        elif count.treated:
            parts.append(say("{dose}: {rate}", **words))
    return say("DLT among the evaluable · {list}", list=" · ".join(parts)) if parts else say("nobody dosed yet")

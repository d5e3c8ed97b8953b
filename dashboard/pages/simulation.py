"""Simulation: how a design would behave under true dose-toxicity curves; the work is done in child processes."""

import pandas as pd
import streamlit as st

from dashboard.charts.operating import draw_selection, draw_subjects
from dashboard.numbers import decimal, percent
from dashboard.parts.figure import show_figure
from dashboard.parts.frame import show_page
from dashboard.parts.jobs import Job, Report, Standing, start_job
from dashboard.parts.question import Question, ask_question
from dashboard.parts.shield import piece
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import show_answer, show_missing, show_note
from dashboard.text import say, tell_faults, translate
from dashboard.view import View
from db.queries.enrolment import funnel
from trial.errors import FaultyInput
from trial.escalation.setting import Setting, read_setting
from trial.escalation.summary import gather_studies

KEY = "simulation_jobs"
POLL_SECONDS = 1.0
DAYS_PER_MONTH = 365.25 / 12


def render(view: View) -> None:
    """Show the page."""
    setting = read_setting(view.protocol)
    jobs: list[Job] = st.session_state.get(KEY, [])
    running = any(job.running for job in jobs)

    def answer() -> None:
        """How far the jobs are; it reruns alone while one is running."""
        _show_answer(jobs, was_running=running)

    def figures() -> None:
        """What the jobs have found; it reruns alone."""
        _show_results(view, jobs)

    piece(answer, run_every=POLL_SECONDS if running else None)()
    with st.container(border=True):
        _show_controls(view, setting, running=running)
    if jobs:
        piece(figures, run_every=2 * POLL_SECONDS if running else None)()
    _show_setting(view, setting)


def _show_controls(view: View, setting: Setting, *, running: bool) -> None:
    """What is asked, and the two buttons."""
    faults, question = "", None
    try:
        question = ask_question(view, setting)
        question.check()
    except FaultyInput as error:
        faults = tell_faults(error)
    run, cancel, _ = st.columns([1, 1, 5], gap="small")
    pressed = run.button(say("Run"), key="sim-run", type="primary", disabled=bool(faults) or running, width="stretch")
    if cancel.button(say("Cancel"), key="sim-cancel", disabled=not running, width="stretch"):
        for job in st.session_state.get(KEY, []):
            job.cancel()
        st.rerun()
    if pressed and question is not None:
        faults = _start(question)
        if not faults:
            st.rerun()
    if faults:
        show_missing(say("This cannot be simulated."), faults)


def _start(question: Question) -> str:
    """Start a child for each design; the ones before are forgotten, and so ended. Returns what was refused."""
    st.session_state[KEY] = []
    try:
        jobs = [start_job(question.list_arguments(place), asked=question) for place in range(len(question.designs))]
    except FaultyInput as error:
        return tell_faults(error)
    st.session_state[KEY] = jobs
    return ""


def _show_answer(jobs: list[Job], *, was_running: bool) -> None:
    """The answer, or how far it is; when the work has just ended the whole page is run again."""
    if not jobs:
        show_answer(say("Nothing has been simulated yet."), [say("Choose one or two designs and what might be true, and press Run.")])
        return
    reports = [job.read() for job in jobs]
    if was_running and not any(job.running for job in jobs):
        st.rerun()
    question: Question = jobs[0].asked
    failed = [report for report in reports if report.standing == "failed"]
    if failed:
        show_missing(say("The simulation failed."), failed[0].message or say("Try again; if it happens again, take fewer trials."))
        return
    _show_found(question, reports)
    _show_course(question, reports)


def _show_found(question: Question, reports: list[Report]) -> None:
    """The answer, as far as there is one."""
    _, summaries = gather_studies(_studies(question, reports))
    whole = all(report.standing == "done" for report in reports)
    if not summaries.empty:
        show_answer(*_say_answer(question, summaries, whole=whole))
    elif any(report.standing == "running" for report in reports):
        show_answer(say("Simulating ..."), [_say_size(question)])
    else:
        show_answer(say("Nothing was found before it ended."), [_say_limits(question)])


def _show_course(question: Question, reports: list[Report]) -> None:
    """How far the work is, or why it ended early."""
    done, trials = sum(report.done for report in reports), question.trials * len(question.curves) * len(reports)
    if any(report.standing == "running" for report in reports):
        st.progress(min(done / max(trials, 1), 1.0), say("{done} of {trials} trials", done=f"{done:,}", trials=f"{trials:,}"))
    for standing in dict.fromkeys(report.standing for report in reports):
        reason = _say_ended(standing, done, trials)
        if reason:
            show_note(reason)


def _say_ended(standing: Standing, done: int, trials: int) -> str:
    """Why a simulation ended before its last trial, and how far it was; empty where it did not."""
    counts = {"done": f"{done:,}", "trials": f"{trials:,}"}
    words = {
        "cancelled": say("You cancelled it after {done} of {trials} trials.", **counts),
        "forgotten": say("It was ended after {done} of {trials} trials because nobody looked at it for a while.", **counts),
        "too long": say("It was ended after {done} of {trials} trials because it took too long.", **counts),
    }
    return words.get(standing, "")


def _studies(question: Question, reports: list[Report]) -> list[tuple[str, tuple[dict[str, object], ...]]]:
    return [(design[0], report.results) for design, report in zip(question.designs, reports, strict=False)]


def _say_answer(question: Question, summaries: pd.DataFrame, *, whole: bool) -> tuple[str, list[str]]:
    """How often each design is right, from the least to the most favourable truth; what it costs, and on what it rests."""
    parts, lines = [], []
    for title, mine in summaries.groupby("design", sort=False):
        low, high = percent(mine["correct"].min()), percent(mine["correct"].max())
        if len(mine) == 1:
            parts.append(say("{design} finds the right answer in {low} of trials", design=title, low=low))
        else:
            parts.append(say("{design} finds the right answer in {low} to {high} of trials", design=title, low=low, high=high))
        worst = mine.loc[mine["correct"].idxmin()]
        hardest = question.curves[int(worst["scenario"]) - 1][0]
        lines.append(
            say(
                "{design}: hardest where {truth}, {none} recommend no dose there; up to {high} subjects on average above the target.",
                design=title,
                truth=hardest,
                high=decimal(mine["high"].max()),
                none=percent(worst["none"]),
            )
        )
    answer = "; ".join(parts) + "."
    if whole:
        return answer, [*lines, _say_size(question)]
    return say("Unfinished: {answer}", answer=answer), [*lines, *_say_reached(question, summaries), _say_limits(question)]


def _say_reached(question: Question, summaries: pd.DataFrame) -> list[str]:
    """For each design on how many trials and truths an unfinished answer rests."""
    asked, every = len(question.curves), question.trials * len(question.curves)
    return [
        say(
            "{design}: {done} of {trials} trials, {reached} of {asked} truths reached.",
            design=title,
            done=f"{int(mine['trials'].sum()):,}",
            trials=f"{every:,}",
            reached=len(mine),
            asked=asked,
        )
        for title, mine in summaries.groupby("design", sort=False)
    ]


def _say_size(question: Question) -> str:
    trials = say("{trials} trials for each truth.", trials=f"{question.trials:,}")
    return f"{trials} {_say_limits(question)}"


def _say_limits(question: Question) -> str:
    return say(
        "At most {cohorts} cohorts of {size}. Errors are those of the simulation alone.",
        cohorts=question.cohorts,
        size=question.cohort_size,
    )


def _show_results(view: View, jobs: list[Job]) -> None:
    """The pictures, the tables behind them and the downloads."""
    question: Question = jobs[0].asked
    reports = [job.read() for job in jobs]
    doses, summaries = gather_studies(_studies(question, reports))
    if doses.empty:
        return
    names = {number: name for number, (name, _) in enumerate(question.curves, 1) if number in set(doses["scenario"])}
    right = {int(row.scenario): int(row.mtd) for row in summaries.itertuples(index=False)}
    st.subheader(say("Which dose is recommended"), anchor=False)
    show_note(_say_legend(question))
    figure = draw_selection(doses, right, names, colours=view.colours, across=_count_across(question))
    show_figure(figure, key="sim-selection", alt=say("Share of trials that recommend each dose, a panel for each truth"))
    st.subheader(say("How many subjects are treated at each dose"), anchor=False)
    figure = draw_subjects(doses, right, names, colours=view.colours, across=_count_across(question))
    show_figure(figure, key="sim-subjects", alt=say("Mean number of subjects at each dose, a panel for each truth"))
    _show_summaries(summaries, names, timed=question.clock is not None)
    facts = f"{question.trials} trials for each truth, {question.cohorts} cohorts of {question.cohort_size}, seed 1"
    if any(report.standing != "done" for report in reports):
        done, trials = sum(report.done for report in reports), question.trials * len(question.curves) * len(reports)
        facts += f"; unfinished, {done} of {trials} trials of all truths and designs"
    offer_download(view, "simulated-designs", summaries, filters=facts, label=say("Download the summary as CSV"))
    offer_download(view, "simulated-doses", doses, filters=facts, label=say("Download the doses as CSV"))


def _count_across(question: Question) -> int:
    """Panels beside each other, so that the true rate under each dose can be read."""
    return 4 if len(question.curves[0][1]) <= 3 else 2


def _say_legend(question: Question) -> str:
    """Which bar is whose, and what stands under them."""
    fills = (say("solid"), say("hatched"))
    bars = ", ".join(f"{design[0]} ({fill})" for design, fill in zip(question.designs, fills, strict=False))
    return say(
        "{bars}. Under each dose level stands its true DLT rate; the band marks the right answer: the dose closest to the target, or none "
        "where even the lowest is too toxic. Whiskers: 95% Monte-Carlo error.",
        bars=bars,
    )


def _show_summaries(summaries: pd.DataFrame, names: dict[int, str], *, timed: bool) -> None:
    st.subheader(say("The designs side by side"), anchor=False)
    rows = summaries.sort_values(["scenario", "design"], kind="stable")
    table = pd.DataFrame({"truth": [names.get(number, "") for number in rows["scenario"]], "design": rows["design"].to_list()})
    shares = {"correct": say("right"), "above": say("too high"), "none": say("none"), "short": say("ended early")}
    for name in shares:
        table[name] = [f"{percent(value)} ±{error * 100:.1f}" for value, error in zip(rows[name], rows[f"{name}_error"], strict=True)]
    means = {"subjects": say("subjects treated"), "dlt": say("with a DLT"), "high": say("treated above the target")}
    for name in means:
        table[name] = [f"{value:.1f} ±{error:.2f}" for value, error in zip(rows[name], rows[f"{name}_error"], strict=True)]
    table["trials"] = [f"{count:,}" for count in rows["trials"]]
    headings = {"truth": say("if the truth is"), "design": say("design"), "trials": say("trials"), **shares, **means}
    if timed:
        months = zip(rows["duration"] / DAYS_PER_MONTH, rows["duration_error"] / DAYS_PER_MONTH, strict=True)
        table["months"] = [f"{value:.1f} ±{error:.2f}" for value, error in months]
        headings["months"] = say("months")
    show_table(table, key="sim-summary", headings=headings, rows=16)
    show_note(
        say(
            "± is one Monte-Carlo standard error. Right: recommends the dose closest to the target, or none where even the lowest is too "
            "toxic. Ended early: before the planned number of subjects, whatever the reason."
        )
    )


def _show_setting(view: View, setting: Setting) -> None:
    """What of the trial at hand the simulation begins from."""
    reached = view.read(funnel)
    dosed = int(reached.loc[reached["step"] == "dosed", "reached"].iloc[0])
    if not setting.declared:
        show_missing(
            say("The protocol declares no escalation; common values stand in."),
            say("Declare [escalation] and [[dose_levels]] in its file and load it as a new version."),
        )
    show_note(
        say(
            "Simulated trials begin with nobody dosed; the {n} subjects dosed in this trial play no part. Dose levels: {label}.",
            n=f"{dosed:,}",
            label="; ".join(f"{number}: {translate(label)[:40]}" for number, label in enumerate(setting.labels, 1)),
        )
    )


if __name__ == "__main__":
    show_page("simulation", render)

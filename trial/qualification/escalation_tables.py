"""Decision tables and dose selection against the designs' own software and papers."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from trial.errors import FaultyInput
from trial.escalation.boin import Boin
from trial.escalation.decision import Action
from trial.escalation.design import Design
from trial.escalation.estimates import compute_probability_above, fit_isotonic, fit_isotonic_rates
from trial.escalation.register import create_design
from trial.escalation.rolling_six import RollingSix
from trial.escalation.state import count_state
from trial.escalation.tite_boin import TiteBoin
from trial.qualification.calls import read_calls
from trial.qualification.cells import Row, read_count, read_flag, read_numbers, read_whole
from trial.qualification.reference import Finding, Omission, Result, agree_on, declare, near, same

ROUNDED = 0.005 + 1e-9
"""Half a unit of the second decimal."""
LETTERS: dict[Action, str] = {"escalate": "E", "stay": "S", "de-escalate": "D", "eliminate": "DU"}
BOIN_NAMES = {
    "target": "target", "p_saf": "safe_rate", "p_tox": "toxic_rate", "cutoff_eli": "eliminate_above",
    "extrasafe": "extra_safe", "offset": "extra_safe_offset", "boundMTD": "bound_selection", "n_earlystop": "stop_at_n",
    "titration": "titration",
}  # fmt: skip
"""BOIN's names of its settings, and ours."""


def build_boin(row: Row) -> Any:
    """Return the BOIN design that a row's settings name."""
    settings: dict[str, object] = {ours: row[theirs] for theirs, ours in BOIN_NAMES.items() if row.get(theirs)}
    flags = {ours: read_flag(str(settings[ours])) for ours in ("extra_safe", "bound_selection", "titration") if ours in settings}
    return create_design("BOIN", settings | flags | {"extra_safe_as_simulated": True})


def compare_boundaries(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare BOIN's boundaries: the smallest and largest DLT counts of each action, and lambda."""
    for row in rows:
        design, n, case = build_boin(row), read_count(row["n"]), f"{row.get('config_id', '')} n={row['n']}"
        actions = [design.cell(n, dlt) for dlt in range(n + 1)]
        lower = [dlt for dlt, action in enumerate(actions) if action in ("de-escalate", "eliminate")]
        gone = [dlt for dlt, action in enumerate(actions) if action == "eliminate"]
        unsafe = [dlt for dlt in range(n + 1) if design.is_extra_unsafe(n, dlt)]
        yield same("escalate_le", case, str(actions.count("escalate") - 1), row["escalate_le"])
        for column, found in (("deescalate_ge", lower), ("eliminate_ge", gone), ("stop_lowest_ge", unsafe)):
            yield same(column, case, str(found[0]) if found else "", row[column])
        yield near("lambda", case, design.escalate_below, row["lambda_e"], 1e-12)
        yield near("lambda", case, design.de_escalate_above, row["lambda_d"], 1e-12)
        if row.get("in_boundary_tab"):
            yield agree_on("in_boundary_tab", case, n % read_count(row["cohortsize"]) == 0, row["in_boundary_tab"])


def compare_refusals(rows: Sequence[Row]) -> Iterator[Result]:
    """Compare which settings BOIN refuses; a warning is not a refusal, and neither is a crash inside R."""
    names = {key.replace("_", "."): ours for key, ours in BOIN_NAMES.items()}
    order = ("target", "ncohort", "cohortsize", "n.earlystop", "p.saf", "p.tox", "cutoff.eli", "extrasafe", "offset")
    for row in rows:
        calls = read_calls(row["call"])
        if not calls or calls[0].function != "get.boundary" or re.match(r"object '.*' not found", row["result"]):
            yield Omission(row["call"][:60], "is no refusal by get.boundary")
            continue
        given = dict(zip(order, calls[0].positional, strict=False)) | calls[0].named
        try:
            create_design("BOIN", {ours: given[key] for key, ours in names.items() if key in given})
            refused = False
        except FaultyInput:
            refused = True
        yield same("refused", row["call"], refused, not re.match(r"warning|ok|accepted|$", row["result"], re.IGNORECASE))


def compare_selection(rows: Sequence[Row]) -> Iterator[Result]:
    """Compare BOIN's selected dose, eliminated doses, isotonic rates and probabilities of overdosing."""
    for row in rows:
        if row.get("error"):
            yield Omission(row["case_id"], f"BOIN ended with {row['error'][:60]!r}")
            continue
        design, case = build_boin(row), row["case_id"]
        treated, dlt = read_whole(row["npts"]), read_whole(row["ntox"])
        yield same("MTD", case, str(design.select(count_state(treated, dlt, 1)).dose or 99), row["MTD"])
        n, y = np.array(treated), np.array(dlt)
        shut = np.array([read_flag(flag) for flag in row["eliminated"].split(";")])
        yield same("eliminated", case, list(_find_eliminated(design, n, y)), list(shut))
        for column, rates in (
            ("phat_all_exact", fit_isotonic_rates(y, n)),
            ("phat_admissible_exact", fit_isotonic_rates(y, n, ~_find_eliminated(design, n, y))),
        ):
            yield from _compare_vector(column, case, rates, row[column], 1e-9)
        above = compute_probability_above(design.target, y - 0.95, n - 1.9)
        for column, rates in (
            ("phat_pkg_2dp", fit_isotonic_rates(y, n)), ("poverdose_pkg_2dp", fit_isotonic(above, (n > 0).astype(float)))
        ):  # fmt: skip
            yield from _compare_vector(column, case, rates, row.get(column, ""), ROUNDED)


def _find_eliminated(design: Boin, n: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    out = [a >= 3 and design.is_eliminated(int(a), int(b)) for a, b in zip(n, y, strict=True)]
    out[0] = out[0] or design.is_extra_unsafe(int(n[0]), int(y[0]))
    return np.logical_or.accumulate(out)


def _compare_vector(column: str, case: str, ours: np.ndarray[Any, Any], theirs: str, tolerance: float) -> Iterator[Finding]:
    """Compare numbers separated by semicolons; empty or dashed parts are missing, and an empty cell is not compared."""
    if not theirs:
        return
    for value, text in zip(ours, theirs.split(";"), strict=True):
        printed = text if text.strip("-") else ""
        yield near(column, case, None if np.isnan(value) else float(value), printed, tolerance)


def compare_published_lambda(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare lambda as printed with three decimals."""
    for row in rows:
        design = build_boin({"target": row["target"]})
        yield near("lambda", row["target"], design.escalate_below, row["lambda_e"], 5e-4 + 1e-9)
        yield near("lambda", row["target"], design.de_escalate_above, row["lambda_d"], 5e-4 + 1e-9)


def compare_keys(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare Keyboard, mTPI-2 and mTPI; the package escalation never eliminates."""
    columns = {"keyboard_R": "Keyboard", "mtpi2_FIND": "mTPI-2", "mtpi2_escalation": "mTPI-2", "mtpi_escalation": "mTPI"}
    for row in rows:
        n, dlt, case = read_count(row["n"]), read_count(row["y"]), f"target {row['target']} {row['y']}/{row['n']}"
        settings = {"target": row["target"], "below": row["marginL"], "above": row["marginR"], "eliminate_above": row["cutoff_eli"]}
        for column, name in columns.items():
            if row.get(column):
                yield same(
                    column, case, _read_cell(create_design(name, settings), n, dlt, eliminates="escalation" not in column), row[column]
                )
        if row.get("post_prob_gt_target"):
            above = float(compute_probability_above(float(row["target"]), dlt, n))
            yield near("post_prob_gt_target", case, above, row["post_prob_gt_target"], 1e-9)


def compare_i3plus3(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare i3+3; PhIdesign never eliminates."""
    for row in rows:
        n, dlt, case = read_count(row["n"]), read_count(row["y"]), f"target {row['target']} {row['y']}/{row['n']}"
        design = create_design("i3+3", {"target": row["target"], "low": row["EI_low"], "high": row["EI_high"]})
        for column in ("decision_FIND", "decision_PhIdesign"):
            if row.get(column):
                yield same(column, case, _read_cell(design, n, dlt, eliminates=column.endswith("FIND")), row[column])


def _read_cell(design: Any, n: int, dlt: int, *, eliminates: bool) -> str:
    return LETTERS[design.cell(n, dlt) if eliminates else design.place(n, dlt)]


def compare_rolling_six(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare the published grid of rolling six, and the table of the R package that departs from it."""
    words = {"escalate": "Escalate", "stay": "Stay", "de-escalate": "De-escalate", "wait": "Suspend"}
    columns = {"published_rolling6": "published", "RollingSix_pkg_table": "package"}
    for row in rows:
        n, evaluable, dlt = (read_count(row[key]) for key in ("n_enrolled", "n_evaluable", "n_dlt"))
        case = f"n={n} e={evaluable} y={dlt}"
        for column, grid in columns.items():
            if row.get(column):
                yield same(column, case, words[RollingSix(grid=grid).advise(n, evaluable, dlt)], row[column])
        if row.get("agree"):
            yield agree_on("agree", case, row["published_rolling6"] == row["RollingSix_pkg_table"], row["agree"])
        if row.get("n_pending"):
            yield same("n_pending", case, str(n - evaluable), row["n_pending"])


def compare_tite_published(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare the printed TITE-BOIN tables, two decimals; rows that say whether a minimum follow-up is needed are Chen's."""
    for row in rows:
        chen = bool(row["needs_min_followup"])
        design = create_design(
            "TITE-BOIN", {"target": row["target"], "max_pending": 0.49 if chen else 0.5, "min_follow_up": 0.25 if chen else 0}
        )
        yield from _compare_tite_cell(design, row, row["stft_escalate"], row["stft_deescalate"], ROUNDED)


def compare_tite_table(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare the TITE-BOIN tables of simFastBOIN, by imputation or effective sample size."""
    names = {"target": "target", "method": "method", "p_saf": "safe_rate", "p_tox": "toxic_rate", "cutoff_eli": "eliminate_above"}
    names |= {"max_pending_ratio": "max_pending", "min_completed": "min_completed"}
    for row in rows:
        design = create_design("TITE-BOIN", {ours: row[theirs] for theirs, ours in names.items()})
        yield from _compare_tite_cell(design, row, row["esc_bound"], row["deesc_bound"], 1e-9)


def _compare_tite_cell(design: Design, row: Row, up: str, down: str, tolerance: float) -> Iterator[Finding]:
    assert isinstance(design, TiteBoin)
    n, dlt, pending = (read_count(row[key]) for key in ("n", "n_tox", "n_pending"))
    cell, case = design.find_cell(n, dlt, pending), f"target {row['target']} n={n} y={dlt} c={pending}"
    letters = LETTERS | {"eliminate": "DE", "wait": "SUS"}
    yield same("decision", case, "/".join(letters[action] for action in cell.actions), row["decision"])
    yield near("bound", case, cell.up_from, up, tolerance)
    yield near("bound", case, cell.down_to, down, tolerance)
    if row.get("needs_min_followup"):
        needed = bool(pending) and "escalate" in cell.actions
        yield agree_on("needs_min_followup", case, needed, row["needs_min_followup"])


def compare_pava(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare isotonic fits, rising and falling."""
    for row in rows:
        y, w = np.array(read_numbers(row["y"])), np.array(read_numbers(row["w"]))
        yield from _compare_vector("fit_increasing", row["case_id"], fit_isotonic(y, w), row["fit_increasing"], 1e-9)
        yield from _compare_vector("fit_decreasing", row["case_id"], -fit_isotonic(-y, w), row["fit_decreasing"], 1e-9)


TABLES = (
    declare("BOIN boundaries", "target n lambda_e lambda_d escalate_le deescalate_ge eliminate_ge", "BOIN 2.7.2", compare_boundaries),
    declare("BOIN refusals", "call result", "BOIN 2.7.2", compare_refusals),
    declare("BOIN selection", "target npts ntox MTD phat_all_exact phat_admissible_exact eliminated", "BOIN 2.7.2", compare_selection),
    declare("BOIN lambda", "source target lambda_e lambda_d", "Liu and Yuan 2015, three decimals", compare_published_lambda),
    declare("Keyboard family", "target marginL marginR cutoff_eli n y", "Keyboard 0.1.3, FIND 0.1.1, escalation 0.2.3", compare_keys),
    declare("i3+3", "target EI_low EI_high n y", "FIND 0.1.1, PhIdesign 0.2.0", compare_i3plus3),
    declare(
        "rolling six", "n_enrolled n_dlt n_evaluable published_rolling6", "Frankel et al. 2020, not RollingSix 0.1.0", compare_rolling_six
    ),
    declare("TITE-BOIN published", "target n n_tox n_pending decision stft_escalate", "Yuan 2018, Chen 2026", compare_tite_published),
    declare("TITE-BOIN table", "target method n n_tox n_pending decision esc_bound", "simFastBOIN 2.1", compare_tite_table),
    declare("isotonic regression", "y w fit_increasing fit_decreasing", "Iso 0.0-18.1", compare_pava),
)

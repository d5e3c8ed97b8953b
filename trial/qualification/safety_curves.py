"""Curves over time against R, each with the data beside it: the figures stand in one file, the subjects in another."""

from collections.abc import Callable, Iterator, Sequence

from trial.errors import refuse
from trial.qualification.cells import Row, read_count, read_flag
from trial.qualification.reference import Finding, Folder, close, declare_beside, group_rows, same
from trial.signals.cumulative_incidence import compute_jackknife_error, fit_incidence
from trial.signals.gray_test import compute_gray_test
from trial.signals.mean_count import Spell, compute_mean_count, compute_mean_count_with_death
from trial.signals.survival import Scale, compare_survival, fit_survival

CURVE = 1e-8
SUBJECTS = "dataset time status"
SCALES: dict[str, Scale] = {"plain": "plain", "log": "log", "log-log": "log-log"}


def _find_rows(folder: Folder, columns: str, dataset: str) -> list[Row]:
    """The rows of ``dataset`` in the first file beside with ``columns``; raise FaultyInput where there is none."""
    for rows in folder.find(columns):
        if found := [row for row in rows if row["dataset"] == dataset]:
            return found
    raise refuse(dataset, "has no data beside its figures", "Put the file with its subjects into the same folder.")


def _read_subjects(rows: Sequence[Row]) -> tuple[list[float], list[int]]:
    return [float(row["time"]) for row in rows], [read_count(row["status"]) for row in rows]


def compare_survivals(rows: Sequence[Row], folder: Folder) -> Iterator[Finding]:
    """Compare Kaplan-Meier curves, their limits on each scale, and medians."""
    for label, members in group_rows(rows, "dataset", "conf_type"):
        times, status = _read_subjects(_find_rows(folder, SUBJECTS, members[0]["dataset"]))
        curve = fit_survival(times, [one == 1 for one in status], scale=SCALES[members[0]["conf_type"]])
        for row in members:
            point, case = curve.at(float(row["t"])), f"{label} t={row['t']}"
            limits = point.interval
            yield same("n_risk", case, str(point.at_risk), row["n_risk"])
            ours = {"surv": point.share, "cum_incidence": 1 - point.share, "std_err": point.error if point.share > 0 else None}
            ours |= {"surv_lower": limits.lower if limits else None, "surv_upper": limits.upper if limits else None}
            ours |= dict(zip(("median", "median_lower", "median_upper"), curve.median(), strict=True))
            for column, value in ours.items():
                if column in row:
                    yield close(column, case, value, row[column].replace("NaN", ""), CURVE)


def compare_log_ranks(rows: Sequence[Row], folder: Folder) -> Iterator[Finding]:
    """Compare log-rank statistics."""
    for row in rows:
        members = _find_rows(folder, f"{SUBJECTS} group", row["dataset"])
        times, status = _read_subjects(members)
        found = compare_survival(times, [one == 1 for one in status], [member["group"] for member in members])
        yield close("chisq", row["dataset"], found.statistic, row["chisq"], CURVE)
        yield close("p", row["dataset"], found.chance, row["p"], CURVE)


def compare_incidences(rows: Sequence[Row], folder: Folder) -> Iterator[Finding]:
    """Compare Aalen-Johansen curves: the share, both errors, log-log limits, and what one minus Kaplan-Meier would say."""
    for label, members in group_rows(rows, "dataset", "cause"):
        times, status = _read_subjects(_find_rows(folder, SUBJECTS, members[0]["dataset"]))
        cause = read_count(members[0]["cause"])
        curve = fit_incidence(times, status, cause=cause)
        for row in members:
            moment, case = float(row["t"]), f"{label} t={row['t']}"
            point, naive = curve.at(moment), row.get("naive_1_minus_km", "")
            limits = point.interval
            ours = {"cif": point.share, "cif_survfit": point.share, "aalen_var_cmprsk": point.variance}
            ours |= {"se_ij_survfit": compute_jackknife_error(times, status, moment, cause=cause)}
            bounds = {"loglog_lower": limits.lower if limits else None, "loglog_upper": limits.upper if limits else None}
            for column, value in (ours | bounds | {"naive_1_minus_km": curve.naive(moment) if naive else None}).items():
                if column in row:
                    yield close(column, case, value, row[column], CURVE)


def compare_gray_tests(rows: Sequence[Row], folder: Folder) -> Iterator[Finding]:
    """Compare Gray's statistics; cmprsk prints a negative one where there is none."""
    for row in rows:
        members = _find_rows(folder, SUBJECTS, row["dataset"])
        times, status = _read_subjects(members)
        found = compute_gray_test(times, status, _read_groups(members), cause=read_count(row["cause"]))
        case, none = f"{row['dataset']} {row['cause']}", row["gray_stat"] in ("", "NA") or float(row["gray_stat"]) < 0
        yield close("gray_stat", case, found.statistic, "" if none else row["gray_stat"], CURVE)
        yield close("p", case, found.chance, "" if none else row["p"], CURVE)
        if "df" in row:
            yield same("df", case, str(found.degrees), row["df"])


def _read_groups(rows: Sequence[Row]) -> list[str]:
    """The group of each subject: the column ``group``, else the only one beside `SUBJECTS`; raise FaultyInput for none or several."""
    others = ["group"] if "group" in rows[0] else [name for name in rows[0] if name not in SUBJECTS.split()]
    if len(others) != 1:
        raise refuse(rows[0]["dataset"], "does not say which column holds the groups", "Name that column group.")
    return [row[others[0]] for row in rows]


def compare_mean_counts(rows: Sequence[Row], folder: Folder) -> Iterator[Finding]:
    """Compare mean cumulative functions of recurring events with their robust errors."""
    for label, members in group_rows(rows, "dataset"):
        spells = [
            Spell(row["id"], float(row["start"]), float(row["stop"]), read_flag(row["event"]))
            for row in _find_rows(folder, "dataset id start stop event", label)
        ]
        for row, found in zip(members, compute_mean_count(spells, [float(row["t"]) for row in members]), strict=True):
            case = f"{label} t={row['t']}"
            yield same("n_risk", case, str(found.at_risk), row["n_risk"])
            yield close("mcf", case, found.mean, row["mcf"], CURVE)
            yield close("se_robust", case, found.error, row["se_robust"], CURVE)


def compare_counts_with_death(rows: Sequence[Row], folder: Folder) -> Iterator[Finding]:
    """Compare mean cumulative counts with death competing (status 2)."""
    beside = list(folder.find("id time"))
    events = next((one for one in beside if "status" not in one[0]), None)
    follow_up = next((one for one in beside if "status" in one[0]), None)
    if events is None or follow_up is None:
        raise refuse("events and follow-up", "do not lie beside the figures", "Put both files into the same folder.")
    for label, members in group_rows(rows, "dataset"):
        mine = [[row for row in one if row.get("dataset", label) == label] for one in (events, follow_up)]
        ends, status = _read_subjects(mine[1])
        times, moments = [float(row["time"]) for row in mine[0]], [float(row["t"]) for row in members]
        for row, value in zip(members, compute_mean_count_with_death(times, ends, [one == 2 for one in status], moments), strict=True):
            yield close("mcc", f"{label} t={row['t']}", value, row["mcc"], CURVE)


Beside = Callable[[Sequence[Row], Folder], Iterator[Finding]]
FIGURES: dict[str, Beside] = {
    "dataset conf_type t surv": compare_survivals,
    "dataset chisq p": compare_log_ranks,
    "dataset cause t cif": compare_incidences,
    "dataset cause gray_stat p": compare_gray_tests,
    "dataset t mcf": compare_mean_counts,
    "dataset t mcc": compare_counts_with_death,
}


def compare_data(rows: Sequence[Row], folder: Folder) -> Iterator[Finding]:
    """Compare the figures beside a file of subjects that are made from it, by the name of the data set."""
    names = {row["dataset"] for row in rows if row.get("dataset")}
    for columns, compare in FIGURES.items():
        if names and ("mcc" in columns):
            continue
        for figures in folder.find(columns):
            mine = [row for row in figures if not names or row["dataset"] in names]
            if mine and (names or "mcc" in columns):
                yield from compare(mine, folder)


SURVIVAL, CMPRSK = "R survival 3.5-3", "cmprsk 2.2-11"
CURVES = (
    declare_beside("Kaplan-Meier", "dataset conf_type t n_risk surv", SURVIVAL, compare_survivals),
    declare_beside("log-rank", "dataset chisq p", SURVIVAL, compare_log_ranks),
    declare_beside("cumulative incidence", "dataset cause t cif", f"{CMPRSK}, {SURVIVAL}", compare_incidences),
    declare_beside("Gray's test", "dataset cause gray_stat p", CMPRSK, compare_gray_tests),
    declare_beside("mean cumulative function", "dataset t n_risk mcf se_robust", SURVIVAL, compare_mean_counts),
    declare_beside("mean cumulative count", "dataset t mcc", "sum of S(t-) dN/Y", compare_counts_with_death),
    declare_beside("data of curves", SUBJECTS, "as the figures beside it", compare_data),
    declare_beside("data of recurring events", "dataset id start stop event", "as the figures beside it", compare_data),
    declare_beside("events to be counted", "id time", "as the figures beside it", compare_data),
    declare_beside("follow-up of counted events", "id time status", "as the figures beside it", compare_data),
)

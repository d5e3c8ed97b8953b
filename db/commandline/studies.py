"""Commands on one study: import, summary, problems, export."""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Engine, select
from sqlmodel import Session

from db.commandline.progress import progress_bar
from db.commandline.situation import Situation
from db.commands.import_study import ImportReport
from db.engine import reading
from db.exports.study import write_study
from db.history import cut_off, table_of
from db.importers.confined import import_confined
from db.models import Study
from db.queries.intake import data_issues, issue_counts
from db.queries.summary import cohort_counts, disposition_counts, study_counts, term_counts
from db.schema import require_current
from trial.asof import AsOf
from trial.errors import refuse

ALL = 1_000_000
"""A page that holds every issue."""


def import_export(situation: Situation, options: argparse.Namespace) -> int:
    """Import an SDTM export and print what came in."""
    protocol = _read_protocol(options.protocol) if options.protocol else None
    with progress_bar() as progress:
        report = import_confined(
            situation.engine(create=True),
            situation.actor(options.actor),
            paths=options.paths,
            study_code=options.study,
            protocol=protocol,
            time_zone=options.time_zone,
            entry_time=options.entry_time,
            progress=progress,
        )
    if options.format == "json":
        _print_json(
            {
                "study": report.study,
                "unchanged": report.unchanged,
                "rows": dict(report.rows),
                "issues": dict(report.issues),
                "files": list(report.files),
                "not_used": [{"file": file, "why": why} for file, why in report.unused],
                "derived_protocol": report.derived_protocol,
            }
        )
    else:
        sys.stdout.write("\n".join(_describe_import(report)) + "\n")
    return 0


def _read_protocol(path: Path) -> str:
    """The text of a protocol file; raises FaultyInput when it is no text."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise refuse(path.name, "is not a text file in UTF-8", "Name a protocol file (TOML).") from None


def _describe_import(report: ImportReport) -> Iterator[str]:
    """The report of an import in lines."""
    if report.unchanged:
        yield f"Study {report.study}: this export is in the database already; nothing was changed."
        return
    yield f"Study {report.study}: imported {sum(report.rows.values()):,} rows."
    yield "  " + ", ".join(f"{code} {count:,}" for code, count in report.rows.items())
    if report.derived_protocol:
        yield "  No protocol file was given: a minimal one was derived from the arms; rules are not declared."
    if report.issues:
        yield f"Problems: {sum(report.issues.values()):,}. All with file, row and column: python -m db problems --study {report.study}"
        yield from (f"  {kind}: {count:,}" for kind, count in report.issues.items())
    if report.unused:
        yield "Not used:"
        yield from (f"  {file} {why}" for file, why in report.unused)


def summarise(situation: Situation, options: argparse.Namespace) -> int:
    """Print the summary of a study."""
    with _open_study(situation.engine(), situation, options) as (session, as_of, study_id):
        summary = summary_of(session, as_of, study_id)
    if options.format == "json":
        _print_json(summary)
    else:
        sys.stdout.write("\n".join(_describe_summary(summary, options.study, as_of)) + "\n")
    return 0


def summary_of(session: Session, as_of: AsOf, study_id: int) -> dict[str, Any]:
    """Return the summary of a study as plain values: counts, cohorts, terms, dispositions and data issues."""
    counts = study_counts(session, as_of, study_id).iloc[0]
    cohorts = cohort_counts(session, as_of, study_id)
    by_term: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(cohorts["cohort"], 0))
    for term, cohort, subjects in term_counts(session, as_of, study_id).itertuples(index=False):
        by_term[term][cohort] = int(subjects)
    frequent = sorted(by_term, key=lambda term: (-sum(by_term[term].values()), term))
    return {
        **{str(name): int(value) for name, value in counts.items()},
        "cohorts": [_plain(row) for row in cohorts.to_dict("records")],
        "terms": [{"term": term, "subjects": by_term[term]} for term in frequent],
        "disposition": _pairs(disposition_counts(session, as_of, study_id)),
        "issues": _pairs(issue_counts(session, as_of, study_id)[["kind", "issues"]]),
    }


def _describe_summary(summary: dict[str, Any], study: str, as_of: AsOf) -> Iterator[str]:
    """The summary in lines."""
    yield f"Study {study} as known at the end of {as_of.day} ({as_of.time_zone})"
    yield from (f"  {name.replace('_', ' ')}: {value:,}" for name, value in summary.items() if isinstance(value, int))
    yield "Subjects by planned cohort (treatment-emergent events)"
    if summary["cohorts"]:
        yield pd.DataFrame(summary["cohorts"]).to_string(index=False)
    yield "Most frequent terms (treatment-emergent, subjects by planned cohort)"
    for item in summary["terms"][:15]:
        yield f"  {item['term']}: " + ", ".join(f"{cohort} {count}" for cohort, count in item["subjects"].items())
    for title, key in (("Disposition", "disposition"), ("Problems", "issues")):
        yield title
        yield from (f"  {name}: {count:,}" for name, count in summary[key].items())


def list_problems(situation: Situation, options: argparse.Namespace) -> int:
    """Print every data issue of a study."""
    with _open_study(situation.engine(), situation, options) as (session, as_of, study_id):
        found = data_issues(session, as_of, study_id, size=ALL)
    rows = [_plain(row) for row in found.to_dict("records")]
    if options.format == "json":
        _print_json(rows)
        return 0
    for row in rows:
        place = [row["file"], *([f"row {row['row']}"] if row["row"] else []), *([f"column {row['column']}"] if row["column"] else [])]
        subject = f" [{row['subject']}]" if row["subject"] else ""
        sys.stdout.write(f"{row['kind']}: {', '.join(place)}{subject}: {row['message']}; {row['done']}\n")
    return 0


def export_tables(situation: Situation, options: argparse.Namespace) -> int:
    """Write a study as CSV files with a manifest."""
    with _open_study(situation.engine(), situation, options) as (session, as_of, study_id):
        manifest = write_study(session, as_of, study_id, options.folder)
    sys.stdout.write(
        f"Study {options.study} as known at the end of {as_of.day}: {len(manifest['files'])} files and manifest.json in {options.folder}\n"
    )
    return 0


@contextmanager
def _open_study(engine: Engine, situation: Situation, options: argparse.Namespace) -> Iterator[tuple[Session, AsOf, int]]:
    """Yield a reading session, the cut-off and the id of the study that ``options`` name; raise FaultyInput for an unknown one."""
    require_current(engine)
    with reading(engine) as session:
        study = table_of(Study)
        found = session.connection().execute(select(study.c.id, study.c.code, study.c.time_zone).order_by(study.c.code)).all()
        chosen = next((row for row in found if row.code == options.study), None)
        if chosen is None:
            there = ", ".join(row.code for row in found) or "none"
            raise refuse(f"study {options.study[:40]}", "is not in this database", f"Studies here: {there}.")
        as_of = AsOf(options.as_of or situation.asked_at.astimezone(ZoneInfo(chosen.time_zone)).date(), chosen.time_zone)
        yield session, cut_off(session, chosen.id, as_of), chosen.id


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    """A row of a frame with plain values; missing ones are None."""
    return {str(name): None if pd.isna(value) else int(value) if isinstance(value, int | float) else value for name, value in row.items()}


def _pairs(frame: pd.DataFrame) -> dict[str, int]:
    """A frame of names and counts as a mapping."""
    return {str(name): int(count) for name, count in frame.itertuples(index=False)}


def _print_json(value: Any) -> None:
    """Print JSON that a person can read too."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")

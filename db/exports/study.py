"""A study as files: one CSV for each table, and a manifest that says as of when and from which state of the record."""

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from db.audit import read_head
from db.exports.sheet import make_inert
from db.history import KNOWN_MODELS, known, table_of
from db.models import Study
from trial.asof import AsOf
from trial.errors import refuse


def write_study(session: Session, as_of: AsOf, study_id: int, folder: Path) -> dict[str, Any]:
    """Write the study as known at the cut-off into the new or empty ``folder`` and return the manifest.

    Text that a spreadsheet could run begins with an apostrophe. Raises FaultyInput when the folder holds anything.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise refuse(str(folder), "is not an empty folder", "Name a new one; an export never overwrites.")
    folder.mkdir(parents=True, exist_ok=True)
    connection, study, head = session.connection(), table_of(Study), read_head(session)
    files: dict[str, dict[str, Any]] = {}
    for model in KNOWN_MODELS:
        rows = known(model, as_of, study_id)
        found = connection.execute(select(rows).order_by(rows.c.id))
        files[f"{table_of(model).name}.csv"] = _write_table(folder / f"{table_of(model).name}.csv", list(found.keys()), found)
    manifest: dict[str, Any] = {
        "study": connection.execute(select(study.c.code).where(study.c.id == study_id)).scalar_one(),
        "cut_off": {"day": as_of.day.isoformat(), "time_zone": as_of.time_zone, "known_before": as_of.moment.isoformat()},
        "filters": "none",
        "audit_chain_head": {"sequence": head.sequence, "hash": head.hash, "shown_as": str(head)},
        "files": files,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return manifest


def _write_table(path: Path, names: list[str], rows: Any) -> dict[str, Any]:
    """Write one table and return its number of rows and its SHA-256."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for row in rows:
            writer.writerow(_say(value) for value in row)
            count += 1
    return {"rows": count, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def _say(value: Any) -> Any:
    """A value as a cell; text made inert, days and instants in ISO 8601."""
    if isinstance(value, str):
        return make_inert(value)
    return value.isoformat() if hasattr(value, "isoformat") else value

"""Load a licensed site's own mapping of terms to MedDRA from a CSV file; nothing of MedDRA is part of this program."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session

from db.audit import Actor, append_entry, begin_act
from db.commands.bulk import next_id
from db.commands.initialise import initialise
from db.commands.rights import require_everywhere
from db.commands.term_file import Row, read_term_file
from db.engine import writing
from db.history import table_of
from db.insertion import insert_rows
from db.models import MeddraTerm
from trial.errors import Fault, FaultyInput, refuse
from trial.grading.term import fold_term

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "term": ("term", "ctcae term", "llt", "llt_name", "aedecod", "aeterm"),
    "preferred_term": ("preferred term", "preferred_term", "pt", "pt_name", "aeptnm"),
    "organ_class": ("system organ class", "soc", "soc_name", "primary soc", "organ_class", "aesoc"),
}
"""Each column of ours and the headings it may have, in small letters."""
VERSION = re.compile(r"[1-9][0-9]\.[01]")
"""MedDRA appears twice a year: 28.0, 28.1."""


@dataclass(frozen=True)
class MeddraReport:
    """What was loaded: the version, how many terms, preferred terms and classes; ``unchanged`` when the record held that very mapping."""

    version: str
    terms: int
    preferred_terms: int
    organ_classes: int
    unchanged: bool


def import_meddra(engine: Engine, actor: Actor, path: Path, *, version: str) -> MeddraReport:
    """Record the mapping in the CSV file ``path`` (term, preferred term, system organ class) and return what was loaded.

    All or nothing; the same mapping again changes nothing, another one under the same version is refused. Raises FaultyInput.
    """
    require_everywhere(actor, "import")
    if not VERSION.fullmatch(version):
        raise refuse("version", "is none of MedDRA", "Name it as MedDRA does, such as 28.0 or 28.1.")
    rows = read_meddra(path)
    initialise(engine)
    with writing(engine) as session:
        unchanged = _find_same(session, version, rows)
        if not unchanged:
            begin_act(session, actor, "import MedDRA mapping")
            first = next_id(session, MeddraTerm)
            numbered = [{"id": first + place, "version": version, **row} for place, row in enumerate(rows)]
            insert_rows(session.connection(), table_of(MeddraTerm), numbered)
            append_entry(session, actor, "import MedDRA mapping", details={"version": version, "terms": len(rows)})
    classes, preferred = ({row[name] for row in rows} for name in ("organ_class", "preferred_term"))
    return MeddraReport(version, len(rows), len(preferred), len(classes), unchanged)


def read_meddra(path: Path) -> list[dict[str, Any]]:
    """Return the mapping in a CSV file as rows of MeddraTerm without key and version; raises FaultyInput with every fault."""
    rows, _ = read_term_file(path, COLUMNS, tuple(COLUMNS))
    _check(path.name, rows)
    return [{**row, "folded": fold_term(row["term"] or "")} for row in rows]


def _check(name: str, rows: Sequence[Row]) -> None:
    """Every row is complete, and no term stands twice, however it is written."""
    faults, seen = [], set()
    for number, row in enumerate(rows, start=2):
        where, folded = f"{name}, row {number}", fold_term(row["term"] or "")
        lacks = [words[0] for ours, words in COLUMNS.items() if not row[ours]]
        if lacks:
            faults.append(Fault(where, f"has no {' and no '.join(lacks)}", "Complete it, or take the row out."))
        elif folded in seen:
            faults.append(Fault(where, "repeats a term", "Take one of the two out; capitals and spaces make no other term."))
        seen.add(folded)
    if not rows:
        faults.append(Fault(name, "holds no term", "Name the mapping, saved as CSV."))
    if faults:
        raise FaultyInput(faults)


def _find_same(session: Session, version: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the record holds this very mapping; raises FaultyInput when it holds another one under the same version."""
    table = table_of(MeddraTerm)
    columns = ("folded", "preferred_term", "organ_class")
    held = session.connection().execute(select(*(table.c[name] for name in columns)).where(table.c.version == version)).all()
    if held and {tuple(row) for row in held} != {tuple(row[name] for name in columns) for row in rows}:
        raise refuse(
            f"MedDRA {version}", "is in the record already with another mapping", "Nothing was changed: displays keep their meaning."
        )
    return bool(held)

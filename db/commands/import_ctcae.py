"""Load the term table of CTCAE from the official file, saved as CSV; the text of CTCAE is not part of this program."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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
from db.models import CtcaeTerm
from trial.errors import Fault, FaultyInput, refuse

VERSIONS = ("5.0", "6.0")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "term": ("term", "ctcae term", "ctcae v5.0 term", "ctcae v6.0 term"),
    "category": ("category", "soc", "medra soc", "meddra soc"),
    "llt_code": ("meddra_llt_code", "meddra code", "meddra llt code", "llt_code"),
    **{f"grade_{grade}": (f"grade{grade}", f"grade {grade}", f"grade_{grade}") for grade in range(1, 6)},
    "definition": ("definition",),
    "note": ("navigational_note", "navigational note", "note"),
}
"""Each column of ours and the headings it may have, in small letters."""
NEEDED = ("term", "category", *(f"grade_{grade}" for grade in range(1, 6)))
NOT_OFFERED = ("-", "--", "\u2013", "\u2014")
"""How the official table says that a term does not offer a grade."""


@dataclass(frozen=True)
class CtcaeReport:
    """What was loaded: the version and how many terms; ``unchanged`` when the record held that very table already."""

    version: str
    terms: int
    categories: int
    unchanged: bool


def import_ctcae(engine: Engine, actor: Actor, path: Path, *, version: str | None = None) -> CtcaeReport:
    """Record the term table in the CSV file ``path`` and return what was loaded.

    The version is the one named, else read from the file's columns or name. All or nothing; the same table again changes nothing,
    another table under the same version is refused, since grades given by it must keep their meaning. Raises FaultyInput.
    """
    require_everywhere(actor, "import")
    rows, found = read_ctcae(path)
    said = version or found
    if said not in VERSIONS:
        raise refuse(path.name, "does not say which version of CTCAE it is", f"Name it with --version {' or --version '.join(VERSIONS)}.")
    initialise(engine)
    with writing(engine) as session:
        unchanged = _find_same(session, said, rows)
        if not unchanged:
            begin_act(session, actor, "import CTCAE")
            first = next_id(session, CtcaeTerm)
            insert_rows(
                session.connection(), table_of(CtcaeTerm), [{"id": first + n, "version": said, **row} for n, row in enumerate(rows)]
            )
            append_entry(session, actor, "import CTCAE", details={"version": said, "terms": len(rows)})
    return CtcaeReport(said, len(rows), len({row["category"] for row in rows}), unchanged)


def read_ctcae(path: Path) -> tuple[list[Row], str | None]:
    """Return the terms of a CSV file and the version it speaks of, if it says so; raises FaultyInput with every fault."""
    rows, headings = read_term_file(path, COLUMNS, NEEDED)
    rows = [{ours: None if cell in NOT_OFFERED else cell for ours, cell in row.items()} for row in rows]
    _check(path.name, rows)
    return rows, _find_version(path.name, headings)


def _check(name: str, rows: Sequence[Row]) -> None:
    """Every row has a term, a category and at least one grade, and no term stands twice."""
    faults, seen = [], set()
    for number, row in enumerate(rows, start=2):
        where = f"{name}, row {number}"
        if not row["term"] or not row["category"]:
            faults.append(Fault(where, "has no term or no category", "Complete it, or take the row out."))
        elif row["term"] in seen:
            faults.append(Fault(where, "repeats a term", "Take one of the two out."))
        elif not any(row[f"grade_{grade}"] for grade in range(1, 6)):
            faults.append(Fault(where, "offers no grade", "Complete it, or take the row out."))
        seen.add(row["term"])
    if not rows:
        faults.append(Fault(name, "holds no term", "Name the table of terms, saved as CSV."))
    if faults:
        raise FaultyInput(faults)


def _find_version(name: str, headings: Sequence[str]) -> str | None:
    """The version that the columns or the file's name speak of."""
    said = " ".join(headings).lower()
    if "change_from_v5" in said or "change from v5" in said:
        return "6.0"
    numbers = set(re.findall(r"v\.?\s?([56])(?:\.0)?", f"{name.lower()} {said}"))
    return f"{numbers.pop()}.0" if len(numbers) == 1 else None


def _find_same(session: Session, version: str, rows: Sequence[Row]) -> bool:
    """Whether the record holds this very table; raises FaultyInput when it holds another one under the same version."""
    table = table_of(CtcaeTerm)
    held = session.connection().execute(select(table).where(table.c.version == version)).mappings().all()
    if not held:
        return False
    columns = [column.name for column in table.columns if column.name not in ("id", "version")]
    if {tuple(row[name] for name in columns) for row in held} != {tuple(row.get(name) for name in columns) for row in rows}:
        raise refuse(
            f"CTCAE {version}", "is in the record already with other terms", "Nothing was changed: grades given by it keep their meaning."
        )
    return True

"""What SQLite's planner is told about a record: that one study fills it, and how many rows share each value of an index.

Without statistics SQLite takes `study_id = ?` for a sharp condition and reads a whole study row by row through an index, which takes
ten times as long as reading the table from end to end. Measured statistics (ANALYZE) would differ from record to record and with
them the plans; so every record is told the same, that of a large trial, where a wrong plan hurts. PostgreSQL measures by itself.
"""

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

SUBJECTS = 3_000
"""Fewer than the rows suggest: each then has so many events that a whole trial is read from end to end, not subject by subject."""
ROWS: Mapping[str, int] = {
    "audit_entry": 3_000_000, "adverse_event": 600_000, "measurement": 600_000, "visit": 300_000, "medication": 60_000,
    "medical_history": 60_000, "eligibility_finding": 60_000, "disposition": 60_000, "subject": 50_000, "administration": 30_000,
    "procedure": 30_000, "review": 30_000, "comment": 10_000, "data_issue": 10_000, "product_lot": 5_000, "ctcae_term": 1_000,
    "meddra_term": 5_000, "complication_check": 150_000,
}  # fmt: skip
"""Rows that a table is taken to have; a history is taken to be as long as its table."""
FEW = 20
"""Rows of any other table: sites, cohorts, dose levels."""
DISTINCT: Mapping[str, int] = {
    "study_id": 1, "subject_id": SUBJECTS, "serious": 2, "dlt": 3, "kind": 2, "status": 5, "category": 25, "term_used": 10, "test": 20,
    "onset_date": 1_000, "known_from": 1_000, "valid_to": 1_000, "measured_on": 20, "table_name": 10, "actual_cohort_id": 3,
    "planned_cohort_id": 3, "change_number": 3_000_000, "procedure_id": 3_000,
}  # fmt: skip
"""Values that a column is taken to have beside those of the columns before it; any other is taken to name its row."""


def tell_planner(connection: Connection) -> None:
    """Write the statistics of every index, in the caller's transaction, in the place of any others; SQLite only."""
    if connection.dialect.name != "sqlite":
        return
    connection.exec_driver_sql("ANALYZE sqlite_schema")  # makes the table of statistics where there is none
    told = list(_statistics(connection))
    for (table,) in connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE name IN ('sqlite_stat1', 'sqlite_stat4')").all():
        connection.exec_driver_sql(f"DELETE FROM {table}")
    connection.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", told)
    connection.exec_driver_sql("ANALYZE sqlite_schema")  # so that this connection plans by them too


def _statistics(connection: Connection) -> Iterator[tuple[str, str, str]]:
    """Table, index and what is said of it: rows, then how many share the first column, the first two, and so on."""
    found = connection.exec_driver_sql(
        'SELECT m.name, l.name, l."unique" FROM sqlite_schema AS m, pragma_index_list(m.name) AS l'
        " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY m.name, l.name"
    ).all()
    for table, index, unique in found:
        columns = connection.exec_driver_sql("SELECT name FROM pragma_index_info(?) ORDER BY seqno", (index,)).scalars().all()
        yield table, index, _describe(ROWS.get(table.removesuffix("_history"), FEW), list(columns), unique=bool(unique))


def _describe(rows: int, columns: list[str], *, unique: bool) -> str:
    shared, alike = [rows], rows
    for name in columns:
        alike = max(1, alike // DISTINCT.get(name, rows))
        shared.append(alike)
    if unique:
        shared[-1] = 1
    return " ".join([*map(str, shared), "noskipscan"])  # nor does it pay to leap over the first column's few values

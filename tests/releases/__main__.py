"""``python -m tests.releases FILE.db``: write the rows of an SQLite record as ``tests/releases/VERSION.json``, before a new migration.

Run it with the code of the release, on a small made-up record that has corrections, voids and an import in it.
"""

import argparse
import json
import sqlite3
from pathlib import Path

HERE = Path(__file__).parent


def main(file: str) -> None:
    with sqlite3.connect(file) as connection:
        (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        names = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite@_%' ESCAPE '@' ORDER BY rowid"
            )
        ]
        tables = {}
        for name in names:
            found = connection.execute(f'SELECT * FROM "{name}"')
            rows = [list(row) for row in found]
            if rows and name != "alembic_version":
                tables[name] = {"columns": [column[0] for column in found.description], "rows": rows}
    lines = ",\n".join(
        f'"{name}": {{"columns": {json.dumps(held["columns"])},\n "rows": [\n  '
        + ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in held["rows"])
        + "]}"
        for name, held in tables.items()
    )
    (HERE / f"{version}.json").write_text("{" + lines + "}\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.releases", description=(__doc__ or "").partition(": ")[2])
    parser.add_argument("file", metavar="FILE.db", help="an SQLite record of the newest released schema")
    main(parser.parse_args().file)

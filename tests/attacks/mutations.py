"""Ways to spoil a small export, each with the place that a refusal must name."""

import random
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.db.sdtm_export import Rows, to_csv

Tables = dict[str, Rows]
KEYS = {"dm": "USUBJID", "ex": "EXSEQ", "ae": "AESEQ", "ds": "DSSEQ", "lb": "LBSEQ"}
DATES = {"dm": "RFSTDTC", "ex": "EXSTDTC", "ae": "AESTDTC", "ds": "DSSTDTC", "lb": "LBDTC"}
REQUIRED = {
    "dm": ("USUBJID", "ARM"),
    "ex": ("USUBJID", "EXSEQ", "EXTRT", "EXSTDTC"),
    "ae": ("USUBJID", "AESEQ", "AETERM", "AESTDTC"),
    "ds": ("USUBJID", "DSSEQ", "DSDECOD", "DSSTDTC"),
    "lb": ("USUBJID", "LBSEQ", "LBTESTCD", "LBDTC"),
}
NO_DATES = ("2013-02-30", "2025-13-01", "99/99/9999", "3 Feb 2025", "20250203", "0000-01-01", "yesterday", "2025-02-03T25:00", "１２", "-1")
SIGNS = string.printable + "\x00\x1a\ufeff\u202e\udcff头痛é𝒳"


@dataclass(frozen=True)
class Spoilt:
    """The files of a spoilt export, and what a refusal must name: file, row and column, as far as there is such."""

    kind: str
    files: Mapping[str, bytes]
    place: tuple[str, int | None, str | None] | None


def write_files(tables: Tables) -> dict[str, bytes]:
    """The tables as CSV files."""
    return {f"{name}.csv": to_csv(rows).encode("utf-8", "surrogateescape") for name, rows in tables.items()}


def _spoil_date(tables: Tables, chance: random.Random) -> Spoilt:
    name, row = _some_row(tables, chance)
    tables[name][row][DATES[name]] = chance.choice(NO_DATES)
    return Spoilt("impossible date", write_files(tables), (f"{name}.csv", row + 1, DATES[name]))


def _spoil_key(tables: Tables, chance: random.Random) -> Spoilt:
    name, row = _some_row(tables, chance)
    column = chance.choice(("USUBJID", KEYS[name]))
    tables[name][row][column] = ""
    return Spoilt("blank key", write_files(tables), (f"{name}.csv", row + 1, column))


def _spoil_twice(tables: Tables, chance: random.Random) -> Spoilt:
    name, row = _some_row(tables, chance)
    tables[name].append(dict(tables[name][row]))
    return Spoilt("duplicate key", write_files(tables), (f"{name}.csv", len(tables[name]), KEYS[name]))


def _spoil_subject(tables: Tables, chance: random.Random) -> Spoilt:
    name, row = _some_row({name: rows for name, rows in tables.items() if name != "dm"}, chance)
    tables[name][row]["USUBJID"] = "".join(chance.choices(string.ascii_letters, k=9))
    return Spoilt("unknown subject", write_files(tables), (f"{name}.csv", row + 1, "USUBJID"))


def _spoil_column(tables: Tables, chance: random.Random) -> Spoilt:
    name = chance.choice(list(REQUIRED))
    column = chance.choice(REQUIRED[name])
    other = chance.choice((None, column.lower()[::-1], f"{column}_", "X" * 300))
    tables[name] = [{other or key if key == column else key: value for key, value in row.items()} for row in tables[name]]
    if other is None:
        for row in tables[name]:
            row.pop(column, None)
    return Spoilt("column missing or renamed", write_files(tables), (f"{name}.csv", None, column))


def _spoil_width(tables: Tables, chance: random.Random) -> Spoilt:
    name, row = _some_row(tables, chance)
    files = write_files(tables)
    lines = files[f"{name}.csv"].split(b"\n")
    lines[row + 1] = lines[row + 1] + b",x,y" if chance.random() < 0.5 else lines[row + 1].rsplit(b",", 3)[0]
    return Spoilt("row too long or short", {**files, f"{name}.csv": b"\n".join(lines)}, (f"{name}.csv", row + 1, None))


def _spoil_header(tables: Tables, chance: random.Random) -> Spoilt:
    files, name = write_files(tables), f"{chance.choice(list(REQUIRED))}.csv"
    head, rest = files[name].split(b"\n", 1)
    again = head.split(b",")[chance.randrange(3)]
    body = b"\n".join(line + b",x" for line in rest.splitlines())
    return Spoilt("column twice", {**files, name: head + b"," + again + b"\n" + body}, (name, None, None))


def _spoil_bytes(tables: Tables, chance: random.Random) -> Spoilt:
    files = write_files(tables)
    name = chance.choice(list(files))
    content = bytearray(files[name])
    for _ in range(chance.choice((1, 1, 2, 5, 40))):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return Spoilt("bytes flipped", {**files, name: bytes(content)}, None)


def _spoil_end(tables: Tables, chance: random.Random) -> Spoilt:
    files = write_files(tables)
    name = chance.choice(list(files))
    return Spoilt("truncated", {**files, name: files[name][: chance.randrange(len(files[name]))]}, None)


def _spoil_nul(tables: Tables, chance: random.Random) -> Spoilt:
    files = write_files(tables)
    name = chance.choice(list(files))
    at = chance.randrange(len(files[name]))
    return Spoilt("NUL bytes", {**files, name: files[name][:at] + b"\x00" * chance.randint(1, 9) + files[name][at:]}, (name, None, None))


def _spoil_encoding(tables: Tables, chance: random.Random) -> Spoilt:
    files = write_files(tables)
    name, encoding = chance.choice(list(files)), chance.choice(("utf-16-le", "utf-32", "utf-7", "cp037", "gb18030", "shift_jis"))
    text = files[name].decode().replace("headache", "头痛", 1) if encoding != "cp037" else files[name].decode()
    unreadable = encoding in ("utf-16-le", "utf-32", "cp037")
    return Spoilt("wrong encoding", {**files, name: text.encode(encoding, "replace")}, (name, None, None) if unreadable else None)


def _spoil_text(tables: Tables, chance: random.Random) -> Spoilt:
    """Any cell, any signs: free text takes them, other columns must refuse them or say so."""
    name, row = _some_row(tables, chance)
    column = chance.choice([key for key in tables[name][row] if key not in ("STUDYID", "DOMAIN")])
    tables[name][row][column] = "".join(chance.choices(SIGNS, k=chance.choice((1, 3, 20, 4_000))))
    return Spoilt("any signs in a cell", write_files(tables), None)


def _some_row(tables: Tables, chance: random.Random) -> tuple[str, int]:
    name = chance.choice([name for name in tables if name in KEYS])
    return name, chance.randrange(len(tables[name]))


MUTATIONS: tuple[Callable[[Tables, random.Random], Spoilt], ...] = (
    _spoil_date, _spoil_key, _spoil_twice, _spoil_subject, _spoil_column, _spoil_width, _spoil_header, _spoil_bytes, _spoil_end,
    _spoil_nul, _spoil_encoding, _spoil_text,
)  # fmt: skip

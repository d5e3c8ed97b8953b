"""Planted marks: unique words in names, verbatim texts and identifiers; none may turn up where nobody expects personal data.

Looked through: logs, addresses, page titles, texts of errors, what commands print, and temporary files.
"""

import dataclasses
import io
import logging
import os
import random
import re
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine, insert
from sqlalchemy.exc import SQLAlchemyError

from dashboard.discretion import keep_values_out_of_logs
from dashboard.register import entry_of
from db.audit import Actor
from db.commands.register import COMMANDS
from db.engine import open_engine
from db.history import table_of
from db.importers.reading import read_export
from db.importers.sources import Upload
from db.models import AdverseEvent
from tests.acting import acting
from tests.contracts.sources import ROOT
from tests.db.sdtm_export import Rows, small_export, to_csv
from tests.faults.figure import Figure
from tests.journeys.server import ARGUMENTS, CHROMIUM, Visit, serve, visit
from tests.journeys.test_upload import become, finish
from trial.errors import FaultyInput

PERSONAL = {
    "dm": ("USUBJID", "SUBJID", "COUNTRY"),
    "ae": ("AETERM", "AEDECOD", "AEBODSYS"),
    "ds": ("DSTERM",),
    "ex": ("EXTRT", "EXLOT", "EXADJ"),
    "mh": ("MHTERM",),
    "cm": ("CMTRT", "CMINDC"),
}
"""Columns that hold names, verbatim texts and identifiers."""
SPOILT = {"AESTDTC": "ae", "AEENDTC": "ae", "EXSTDTC": "ex", "EXDOSE": "ex", "AESER": "ae", "AGE": "dm", "DOMAIN": "ae", "LBSTRESN": "lb"}
"""Columns in which a careless hand may put a name, and what is told of it."""
WALKED = ("adverse_events", "cohorts", "subject", "data")
"""The pages that show the most of what was planted."""
MARK = re.compile(r"Zq\d{5}Xj")
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


def run_marks(count: int, folder: Path, *, seed: int = 0) -> Figure:
    """Plant ``count`` marks in an import, in spoilt imports and in entries, go through the screen, and look for them."""
    figure = Figure("planted personal marks are found nowhere but in the record")
    marks = [f"Zq{10_000 + number}Xj" for number in range(count)]
    random.Random(seed).shuffle(marks)
    planted = _plant(marks)
    figure.tried = len({mark for rows in planted.values() for row in rows for mark in MARK.findall(" ".join(row.values()))})
    export = folder / "export"
    export.mkdir()
    for name, rows in planted.items():
        (export / f"{name}.csv").write_text(to_csv(rows), "utf-8")
    url, temporary = f"sqlite:///{folder / 'record.db'}", folder / "temporary"
    temporary.mkdir()
    found = {
        "command line": _import_on_the_command_line(url, export, temporary, folder),
        "errors of spoilt imports": _spoil(planted, marks),
        "errors of entries": _enter(open_engine(url), marks),
        "errors of the database and their log": _provoke(open_engine(url), marks),
    }
    if CHROMIUM.exists():
        found |= _walk(url, export, temporary, folder)
    found["temporary files"] = " ".join(f"{path.name} {path.read_bytes()!r}" for path in temporary.rglob("*") if path.is_file())
    for place, text in found.items():
        seen = set(MARK.findall(text))
        figure.notes.append(f"{place}: {len(text):,} characters, {len(seen)} marks")
        figure.failures += [f"{place}: {len(seen)} marks, as in ...{_around(text)}..."] if seen else []
    return figure


def _plant(marks: list[str]) -> dict[str, Rows]:
    """The small export with every personal cell a mark, and enough events to hold them all."""
    tables, left = small_export(), iter(marks)
    names: dict[str, str] = {}
    for name in ("mh", "cm"):
        topic = "MHTERM" if name == "mh" else "CMTRT"
        tables[name] = [{"STUDYID": "S1", "DOMAIN": name.upper(), "USUBJID": "0012", f"{name.upper()}SEQ": "1", topic: "x"}]
    cells = {name: len(set(columns) - {"USUBJID"}) for name, columns in PERSONAL.items()}
    while len(tables["dm"]) + sum(number * len(tables[name]) for name, number in cells.items()) < len(marks):
        tables["ae"].append({**tables["ae"][0], "AESEQ": str(len(tables["ae"]) + 10)})
    for rows in tables.values():
        for row in rows:
            if row["USUBJID"] not in names:
                names[row["USUBJID"]] = f"S1-{next(left, 'Zq99999Xj')}"
            row["USUBJID"] = names[row["USUBJID"]]
    for name, columns in PERSONAL.items():
        for row in tables[name]:
            row.update({column: next(left, "Zq99999Xj") for column in columns if column != "USUBJID"})
    return tables


def _import_on_the_command_line(url: str, export: Path, temporary: Path, folder: Path) -> str:
    """What the commands print: an import that comes in, and one that is refused."""
    bad = folder / "bad"
    bad.mkdir()
    for file in export.iterdir():
        (bad / file.name).write_text(file.read_text("utf-8").replace("2025-02-11T08:15", "2025-02-31"), "utf-8")
    said = ""
    for arguments in (["import", str(export), "--study", "MARKED"], ["import", str(bad), "--study", "BAD"]):
        command = [sys.executable, "-m", "db", *arguments, "--database", url]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}
        told = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder, check=False)
        said += told.stdout + told.stderr
    assert "imported" in said
    assert "not a possible date" in said
    return said


def _spoil(planted: dict[str, Rows], marks: list[str]) -> str:
    """The errors of imports in which a mark stands where it does not belong, or its row is broken."""
    said = []
    for number, (column, name) in enumerate(SPOILT.items()):
        rows = [dict(row) for row in planted[name]]
        rows[0][column] = marks[number % len(marks)]
        said.append(_refuse({**planted, name: rows}))
    for name in PERSONAL:
        said.append(_refuse({**planted, name: [*planted[name], planted[name][0]]}))
        said.append(_refuse({other: rows for other, rows in planted.items() if other != name}))
        content = to_csv(planted[name])
        broken = (content.replace("Zq", '"Zq', 1), content.replace("Xj", "Xj,,,more", 1), content[:-20], content.replace("S1", marks[0], 1))
        said += [_refuse(planted, Upload(f"{name}.csv", text.encode())) for text in broken]
    return "\n".join(said)


def _refuse(tables: dict[str, Rows], *instead: Upload) -> str:
    """What is told of an export that is refused."""
    names = {upload.name for upload in instead}
    uploads = [Upload(f"{name}.csv", to_csv(rows).encode()) for name, rows in tables.items() if f"{name}.csv" not in names]
    try:
        read_export([*uploads, *instead])
    except FaultyInput as error:
        return error.sentence
    return ""


def _enter(engine: Engine, marks: list[str]) -> str:
    """The errors of every command that is given marks for whatever it takes."""
    actor, said = Actor("a tester", "administrator", NOW), []
    roles = ("coordinator", "safety officer", "data manager", "committee member", "investigator")
    for number, command in enumerate(COMMANDS):
        fields = [field.name for field in dataclasses.fields(command.entry)]
        entry = command.entry(**{name: marks[(number * 20 + i) % len(marks)] for i, name in enumerate(fields)})
        for role in roles:
            try:
                command.function(engine, dataclasses.replace(actor, role=role), 1, entry)
            except FaultyInput as error:
                said.append(error.sentence)
            except (TypeError, AttributeError, ValueError, KeyError):
                continue  # no text at all: what a form gives has the right type, and a page shows a reference only
    assert said
    return "\n".join(said)


def _provoke(engine: Engine, marks: list[str]) -> str:
    """What the database says of rows that cannot be, and what a log makes of it."""
    log, handler = io.StringIO(), logging.StreamHandler()
    handler.setStream(log)
    keep_values_out_of_logs()
    logger = logging.getLogger("firstwatch.marks")
    logger.addHandler(handler)
    for mark in marks:
        try:
            with acting(engine) as session:
                session.connection().execute(
                    insert(table_of(AdverseEvent)).values(id=None, study_id=1, verbatim=mark, grade=9, known_from=NOW)
                )
        except SQLAlchemyError as error:
            logger.error("refused", exc_info=error)
            log.write(str(error))
    logger.removeHandler(handler)
    return log.getvalue()


def _walk(url: str, export: Path, temporary: Path, folder: Path) -> dict[str, str]:
    """Go through the screen as two roles, upload what is refused and what comes in, and keep what passed by."""
    log = folder / "server.log"
    with (
        serve(url, log, TMPDIR=str(temporary)) as address,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS) as browser,
    ):
        addresses, titles = _look(browser, address, export, folder)
    return {"server log": log.read_text("utf-8"), "addresses": " ".join(addresses), "page titles": " ".join(titles)}


def _look(browser: Browser, address: str, export: Path, folder: Path) -> tuple[list[str], list[str]]:
    """Every address that was asked for, and every title that was shown."""
    addresses: list[str] = []
    titles: list[str] = []
    with visit(browser, address) as reader:
        reader.context.on("request", lambda request: addresses.append(request.url))
        for page in (entry_of(name) for name in WALKED):
            with suppress(Exception):  # a page that is closed to the role has no foot to wait for
                reader.page.goto(f"{address}/{page.name}?study=MARKED")
                reader.page.wait_for_selector("h1", timeout=10_000)
            addresses.append(reader.page.url)
            titles.append(reader.page.title())
        reader.go("data", "?study=MARKED")
        become(reader, "data manager")
        for code, source in (("AGAIN", export), ("BAD2", folder / "bad")):
            _upload(reader, code, source)
            addresses.append(reader.page.url)
            titles.append(reader.page.title())
    return addresses, titles


def _upload(reader: Visit, code: str, folder: Path) -> None:
    """Upload an export."""
    files = sorted(str(path) for path in folder.iterdir())
    reader.page.get_by_label("Study code").fill(code)
    reader.page.locator("[data-testid=stFileUploaderDropzoneInput]").last.set_input_files(files)
    reader.page.locator("[data-testid=stFileChip]").first.wait_for()
    reader.page.wait_for_timeout(1_500)
    reader.page.get_by_role("button", name="Import", exact=True).click()
    finish(reader)


def _around(text: str) -> str:
    """The first mark with what stands before it."""
    found = MARK.search(text)
    return text[max(found.start() - 80, 0) : found.end()] if found else ""

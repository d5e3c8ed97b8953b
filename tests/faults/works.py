"""What a process may be struck down in: each work says every act that it has committed, and knows what must be found afterwards."""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, and_, func, or_, select
from sqlmodel import Session

from db.audit import Actor, Head, read_head
from db.commandline.run import run
from db.commands.comment import CommentEntry, comment
from db.commands.copy_database import copy_database
from db.commands.import_study import import_study
from db.commands.record_decision import DecisionEntry, record_decision
from db.commands.record_event import EventEntry, record_event
from db.commands.screen_subject import ScreeningEntry, screen_subject
from db.commands.sign_decision import SignatureEntry, sign_decision
from db.engine import embedded_url, open_engine, reading
from db.heads import heads_of
from db.history import KNOWN_MODELS, table_of
from db.models import (
    AuditEntry,
    CommitteeDecision,
    DecisionSignature,
    Disposition,
    ImportBatch,
    Study,
    Subject,
)
from db.schema import read_version, upgrade
from db.verification import verify
from synthetic.generator import generate
from tests.exports import write_export
from tests.faults.acts import NOW
from tests.faults.children import Say, list_files
from tests.faults.first_schema import make_first_schema

MANAGER = Actor("a test", "data manager", datetime(2026, 1, 1, tzinfo=UTC))
COORDINATOR = Actor("a test", "coordinator", NOW)
COMMITTEE = Actor("a test", "committee member", NOW)
STUDIES = 2
"""Studies that one import or generation writes, one after the other."""
ENTERED = 5
"""Rounds of commands that one process gives."""
Counts = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Place:
    """Where the work is done: a folder, and the URL of the database."""

    folder: Path
    url: str

    @property
    def file(self) -> Path:
        """The file of an embedded database."""
        return Path(self.url.removeprefix("sqlite:///"))


@dataclass(frozen=True)
class Work:
    """``prepare`` makes the database that the work begins with; ``act`` runs in a child; ``check`` tells what was lost or is partial.

    ``check(place, said, whole)``: ``whole`` is the place where the same work was done undisturbed.
    """

    name: str
    prepare: Callable[[Place], None]
    act: Callable[[Place, Say], None]
    check: Callable[[Place, tuple[str, ...], Place], list[str]]
    servers: bool = False
    """Whether it is done on PostgreSQL too."""


def _say_head(engine: Engine, say: Say) -> None:
    with reading(engine) as session:
        head = read_head(session)
    say(f"{head.sequence} {head.hash}")


def prepare_import(place: Place) -> None:
    """An empty record, and an export beside it."""
    write_export(place.folder / "files.export", subjects=8, events=4)
    _migrate(place)


def _migrate(place: Place) -> None:
    engine = open_engine(place.url)
    upgrade(engine)
    engine.dispose()


def import_studies(place: Place, say: Say) -> None:
    """Import some studies."""
    engine = open_engine(place.url)
    for number in range(STUDIES):
        import_study(engine, MANAGER, paths=[place.folder / "files.export"], study_code=f"S{number}")
        _say_head(engine, say)


def generate_studies(place: Place, say: Say) -> None:
    """Make some trials up."""
    engine = open_engine(place.url)
    for number in range(STUDIES):
        generate(engine, scenario="default", seed=number, subjects=1, study_code=f"S{number}")
        _say_head(engine, say)


def prepare_entry(place: Place) -> None:
    """A trial with one dosed subject."""
    engine = open_engine(place.url)
    generate(engine, scenario="default", seed=1, subjects=1)
    engine.dispose()


def enter(place: Place, say: Say) -> None:
    """Screen, record and comment, as often as ENTERED says."""
    engine = open_engine(place.url)
    for number in range(ENTERED):
        code = f"01-8{number:02}"
        screened = screen_subject(engine, COORDINATOR, 1, ScreeningEntry(code, "01", "2026-11-24", "2026-11-24"))
        say(f"{screened.head.sequence} {screened.head.hash}")
        event = record_event(engine, COORDINATOR, 1, EventEntry(code, "headache", "2026-11-24", grade=1))
        say(f"{event.head.sequence} {event.head.hash}")
        remark = comment(engine, COORDINATOR, 1, CommentEntry(code, "asked", event.code))
        say(f"{remark.head.sequence} {remark.head.hash}")


def sign(place: Place, say: Say) -> None:
    """Record decisions, and have each signed by two."""
    engine = open_engine(place.url)
    for number in range(ENTERED):
        entry = DecisionEntry(f"2026-11-24T1{number}:00+08:00", 1, "stay", 1, "all went well")
        decided = record_decision(engine, COMMITTEE, 1, entry)
        say(f"{decided.head.sequence} {decided.head.hash}")
        for name in ("one", "another"):
            signature = SignatureEntry(decided.id, decided.known_from, "approves", decided.head)
            signed = sign_decision(engine, replace(COMMITTEE, name=name), 1, signature)
            say(f"{signed.head.sequence} {signed.head.hash}")


def check_signatures(place: Place, said: tuple[str, ...], _whole: Place) -> list[str]:
    """What was acknowledged is there, and every signature is to a decision in the version that stands, on a state of this record."""
    engine = open_engine(place.url)
    signature, decision, chain = table_of(DecisionSignature), table_of(CommitteeDecision), table_of(AuditEntry)
    same = decision.c.known_from == signature.c.decision_known_from
    pairs = signature.outerjoin(decision, and_(decision.c.id == signature.c.decision_id, same))
    pairs = pairs.outerjoin(chain, and_(chain.c.sequence == signature.c.head_sequence, chain.c.hash == signature.c.head_hash))
    with reading(engine) as session:
        lost = select(func.count()).select_from(pairs).where(or_(decision.c.id.is_(None), chain.c.sequence.is_(None)))
        alone = session.connection().execute(lost).scalar_one()
    faults = check_record(engine, said) + ([f"partial: {alone} signatures to nothing that stands"] if alone else [])
    engine.dispose()
    return faults


def check_record(engine: Engine, said: tuple[str, ...]) -> list[str]:
    """What is unsound, or was acknowledged and is not there."""
    noted = [Head(head.sequence, head.hash) for head in heads_of(engine.url).heads]
    faults = [f"unsound: {fault.where} {fault.what}" for fault in verify(engine, noted=noted).faults]
    chain = table_of(AuditEntry)
    with reading(engine) as session:
        for line in said:
            sequence, digest = line.split()
            stored = session.connection().execute(select(chain.c.hash).where(chain.c.sequence == int(sequence))).scalar_one_or_none()
            if stored != digest:
                faults.append(f"lost: entry {sequence} was acknowledged")
    return faults


def count_rows(engine: Engine) -> Counts:
    """The rows of every table by study code."""
    with reading(engine) as session:
        return {
            code: tuple(_count(session, model, study) for model in (*KNOWN_MODELS, ImportBatch))
            for study, code in session.connection().execute(select(table_of(Study).c.id, table_of(Study).c.code)).all()
        }


def _count(session: Session, model: Any, study: int) -> int:
    table = table_of(model)
    return int(session.connection().execute(select(func.count()).where(table.c.study_id == study)).scalar_one())


def check_studies(place: Place, said: tuple[str, ...], whole: Place) -> list[str]:
    """Each study is there with every row, or not at all; those acknowledged are."""
    engine, complete = open_engine(place.url), open_engine(whole.url)
    found, expected = count_rows(engine), count_rows(complete)
    faults = check_record(engine, said)
    faults += [f"partial: {code} has {rows}, not {expected[code]}" for code, rows in found.items() if rows != expected[code]]
    faults += [f"lost: {len(said)} studies were acknowledged, {len(found)} are there"] if len(found) < len(said) else []
    engine.dispose()
    complete.dispose()
    return faults


def check_entry(place: Place, said: tuple[str, ...], _whole: Place) -> list[str]:
    """Every subject that was screened has the disposition that was recorded with it, and nothing was lost."""
    engine = open_engine(place.url)
    subject, consent = table_of(Subject), table_of(Disposition)
    pairs = subject.outerjoin(consent, consent.c.subject_id == subject.c.id)
    with reading(engine) as session:
        found = select(func.count()).select_from(pairs).where(subject.c.code.like("01-8%"), consent.c.id.is_(None))
        alone = session.connection().execute(found).scalar_one()
    faults = check_record(engine, said) + ([f"partial: {alone} subjects without their consent"] if alone else [])
    engine.dispose()
    return faults


def prepare_migration(place: Place) -> None:
    """A database of the first release."""
    engine = open_engine(place.url)
    make_first_schema(engine, place.folder)
    engine.dispose()


def migrate(place: Place, say: Say) -> None:
    """Bring the schema up to date, as the command line does."""
    if run(["upgrade", "--database", place.url], NOW) == 0:
        say("upgraded")


def check_schema(place: Place, said: tuple[str, ...], whole: Place) -> list[str]:
    """The schema is the old one, and can be brought up to date, or the new one; the rows are all there, and sound."""
    engine, complete = open_engine(place.url), open_engine(whole.url)
    faults = ["lost: the upgrade was acknowledged"] if said and read_version(engine) == "0001" else []
    upgrade(engine)
    faults += check_record(engine, ())
    if count_rows(engine) != count_rows(complete):
        faults.append("partial: not every row was taken over")
    engine.dispose()
    complete.dispose()
    return faults


def back_up(place: Place, say: Say) -> None:
    """Take some backups."""
    for number in range(STUDIES):
        if run(["backup", str(place.folder / f"copy-{number}.db"), "--database", place.url], NOW) == 0:
            say(f"copy-{number}.db")


def prepare_restore(place: Place) -> None:
    """A trial and a backup of it."""
    prepare_entry(place)
    with redirect_stdout(StringIO()):
        status = run(["backup", str(place.folder / "kept.backup"), "--database", place.url], NOW)
    assert status == 0


def bring_back(place: Place, say: Say) -> None:
    """Bring a backup back, under some names."""
    for number in range(STUDIES):
        if run(["restore", str(place.folder / "kept.backup"), "--database", embedded_url(place.folder / f"copy-{number}.db")], NOW) == 0:
            say(f"copy-{number}.db")


def copy_out(place: Place, say: Say) -> None:
    """Copy the whole database into new ones."""
    source = open_engine(place.url)
    for number in range(STUDIES):
        copy_database(source, open_engine(embedded_url(place.folder / f"copy-{number}.db")))
        say(f"copy-{number}.db")


def check_copies(place: Place, said: tuple[str, ...], whole: Place) -> list[str]:
    """What stands under the name of a copy is whole and sound; what was acknowledged is there; the work can be done again."""
    there = {path.name for path in list_files(place.folder, "copy-*.db") if not _is_blank(path)}
    faults = [f"lost: {name}" for name in said if name not in there]
    complete = open_engine(embedded_url(whole.folder / "copy-0.db"))
    expected = count_rows(complete)
    complete.dispose()
    for name in sorted(there):
        engine = open_engine(embedded_url(place.folder / name))
        faults += [f"{name} {fault}" for fault in check_record(engine, ())]
        faults += [f"partial: {name}"] if count_rows(engine) != expected else []
        engine.dispose()
    return faults


def _is_blank(path: Path) -> bool:
    """Whether a database holds no table: a copy that was begun and not committed."""
    with closing(sqlite3.connect(path)) as connection:
        return not connection.execute("SELECT 1 FROM sqlite_master").fetchone()


WORKS: tuple[Work, ...] = (
    Work("import", prepare_import, import_studies, check_studies, servers=True),
    Work("command", prepare_entry, enter, check_entry, servers=True),
    Work("signing", prepare_entry, sign, check_signatures, servers=True),
    Work("generation", _migrate, generate_studies, check_studies),
    Work("migration", prepare_migration, migrate, check_schema),
    Work("backup", prepare_entry, back_up, check_copies),
    Work("restore", prepare_restore, bring_back, check_copies),
    Work("copy", prepare_entry, copy_out, check_copies),
)
"""Every work that a process is struck down in."""

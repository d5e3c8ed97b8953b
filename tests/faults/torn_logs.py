"""A write-ahead log cut at a random byte, or scribbled over: what is reopened is an earlier state, whole, and the lost end is named."""

import random
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, select

from db.audit import Actor, Head
from db.commands.comment import CommentEntry, comment
from db.commands.record_event import EventEntry, record_event
from db.commands.screen_subject import ScreeningEntry, screen_subject
from db.engine import embedded_url, open_engine, reading
from db.heads import heads_of
from db.history import table_of
from db.models import AuditEntry
from db.verification import verify
from synthetic.generator import generate
from tests.faults.acts import NOW
from tests.faults.figure import Figure

COORDINATOR = Actor("a test", "coordinator", NOW)
ROUNDS = 8
SCRIBBLE = 4096
"""Bytes that a scribble covers at most."""


@dataclass(frozen=True)
class Crashed:
    """Files as a crash leaves them: a database without its newest batches, the log that has them, and the head after each batch."""

    file: Path
    log: bytes
    heads: tuple[Head, ...]


def run_torn_logs(count: int, folder: Path, *, seed: int = 1) -> Figure:
    """Damage the log ``count`` times, reopen, and look."""
    figure = Figure("write-ahead log cut or scribbled over: partial batches, or a lost end that nobody names")
    crashed = make_crashed(folder)
    chance = random.Random(seed)
    lost = 0
    for number in range(count):
        kind, log = damage(crashed.log, chance)
        place = folder / f"torn-{number}.db"
        shutil.copy(crashed.file, place)
        shutil.copy(f"{crashed.file}.heads", f"{place}.heads")
        Path(f"{place}-wal").write_bytes(log)
        faults, left = judge(place, crashed)
        figure.failures += [f"{kind}: {fault}" for fault in faults]
        figure.tried += 1
        lost += left < len(crashed.heads) - 1
        for leftover in folder.glob(f"{place.name}*"):
            leftover.unlink()
    figure.notes.append(
        f"{len(crashed.heads) - 1} batches in a log of {len(crashed.log):,} bytes; {lost:,} times some were lost, and named"
    )
    return figure


def damage(log: bytes, chance: random.Random) -> tuple[str, bytes]:
    """The log cut, with some bytes scribbled over, with one bit turned, or with some bytes zeroed."""
    at = chance.randrange(len(log))
    kind = chance.choice(("cut", "scribbled", "one bit", "zeroed"))
    if kind == "cut":
        return f"cut at byte {at}", log[:at]
    length = 1 if kind == "one bit" else chance.randint(1, SCRIBBLE)
    old = log[at : at + length]
    new = {"scribbled": chance.randbytes(len(old)), "one bit": bytes([old[0] ^ 1 << chance.randrange(8)]), "zeroed": bytes(len(old))}[kind]
    return f"{kind}, {len(old)} bytes at {at}", log[:at] + new + log[at + length :]


def judge(file: Path, crashed: Crashed) -> tuple[list[str], int]:
    """What is wrong with the reopened database, and the number of the batch that it ends with."""
    engine = open_engine(embedded_url(file))
    chain = table_of(AuditEntry)
    with reading(engine) as session:
        newest = select(chain.c.sequence, chain.c.hash).order_by(chain.c.sequence.desc()).limit(1)
        row = session.connection().execute(newest).one()
    head = Head(row.sequence, row.hash)
    if head not in crashed.heads:
        engine.dispose()
        return [f"a partial batch: it ends with entry {head}"], -1
    left = crashed.heads.index(head)
    noted = [Head(found.sequence, found.hash) for found in heads_of(engine.url).heads]
    named = [fault.where for fault in verify(engine, noted=noted).faults]
    engine.dispose()
    last = crashed.heads[-1].sequence
    expected = [f"audit entries {head.sequence + 1} to {last}"] if head.sequence < last else []
    return [f"ends with {head} of {last}, and is said to be at fault in {named}"] if named != expected else [], left


def make_crashed(folder: Path) -> Crashed:
    """Write batches into the log of a trial, and keep copies of file and log while the writer still has them open."""
    file = folder / "trial.db"
    engine = open_engine(embedded_url(file))
    event.listen(engine, "connect", keep_in_log)
    generate(engine, scenario="default", seed=1, subjects=1)
    with reading(engine) as session:
        row = session.connection().execute(select(table_of(AuditEntry)).order_by(table_of(AuditEntry).c.sequence.desc())).first()
        assert row is not None
        heads = [Head(row.sequence, row.hash)]
    engine.dispose()  # the log is written into the file, and begins anew
    heads += write_batches(engine)
    kept = folder / "crashed.db"
    shutil.copy(file, kept)
    shutil.copy(f"{file}.heads", f"{kept}.heads")
    log = Path(f"{file}-wal").read_bytes()
    engine.dispose()
    return Crashed(kept, log, tuple(heads))


def keep_in_log(connection: Any, _record: Any) -> None:
    """Let everything that is written stay in the log until the connection is closed."""
    connection.execute("PRAGMA wal_autocheckpoint = 0")


def write_batches(engine: Engine) -> list[Head]:
    """Give some commands, each a transaction of one row or more, and return the head after each."""
    heads = []
    for number in range(ROUNDS):
        code = f"01-8{number:02}"
        heads.append(screen_subject(engine, COORDINATOR, 1, ScreeningEntry(code, "01", "2026-11-24", "2026-11-24")).head)
        heads.append(record_event(engine, COORDINATOR, 1, EventEntry(code, "headache", "2026-11-24", grade=1)).head)
        heads.append(comment(engine, COORDINATOR, 1, CommentEntry(code, "asked " * 600)).head)
    return heads

"""Import a study from its SDTM export: all of it or nothing, and the same export only once."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from itertools import islice
from pathlib import Path
from zoneinfo import available_timezones

from sqlalchemy import Engine, insert, select
from sqlmodel import Session

from db.audit import Actor, append_entry, begin_act
from db.commands.bulk import next_id, reset_sequences
from db.commands.initialise import initialise
from db.commands.rights import require_everywhere
from db.engine import writing
from db.history import insert_versions, table_of
from db.importers.arms import Arm, order_arms
from db.importers.composing import compose_issues, compose_study
from db.importers.derived_protocol import derive_protocol
from db.importers.findings import Issue
from db.importers.knowledge import Knowledge
from db.importers.plan import Plan, Versions
from db.importers.reading import Export, Progress, ignore_progress, read_export
from db.importers.sources import Limits, Upload
from db.importers.treatment import read_doses
from db.models import DataIssue, ImportBatch, Study
from trial.errors import refuse
from trial.protocol import Protocol, parse_protocol
from trial.roles import may

CHUNK = 5_000
"""Rows written at a time; progress is told after each."""


@dataclass(frozen=True)
class ImportReport:
    """What an import did. ``unchanged``: the record held this very export already and was left as it is."""

    study: str
    rows: Mapping[str, int]
    issues: Mapping[str, int]
    unchanged: bool
    batch: int
    files: Sequence[str]
    unused: Sequence[tuple[str, str]]
    derived_protocol: bool
    problems: Sequence[Issue] = field(default=(), repr=False)


@dataclass(frozen=True)
class _Request:
    """What is asked for, checked."""

    code: str
    protocol: Protocol | None
    protocol_text: str
    time_zone: str


def import_study(
    engine: Engine,
    actor: Actor,
    *,
    paths: Sequence[Path | Upload],
    study_code: str,
    protocol: str | None = None,
    time_zone: str | None = None,
    entry_time: str | None = None,
    progress: Progress = ignore_progress,
    limits: Limits | None = None,
) -> ImportReport:
    """Record the SDTM export in ``paths`` (folders, files, zips, uploads) as a study and return what was done.

    ``protocol`` is the text of a protocol file; without one a minimal one is derived. ``time_zone`` (IANA) is the study's,
    else the protocol's, else UTC. ``entry_time`` names the column that says when a row was entered (`db.importers.entry_time`).
    One transaction: FaultyInput with every fault, or any other error, leaves the database as
    it was. The same export again changes nothing; another export of a study that the record holds is refused.
    """
    if not may(actor.role, "import"):
        raise refuse("import", f"is not open to the role {actor.role}", "Ask a data manager or an administrator.")
    require_everywhere(actor, "import")  # a new study is nobody's yet
    request = _check_request(study_code, protocol, time_zone)
    settings = "\x1e".join((request.protocol_text, request.time_zone))
    export = read_export(paths, settings=settings, entry_time=entry_time, progress=progress, limits=limits)
    initialise(engine)
    with writing(engine) as session:
        batch = _find_batch(session, request.code, export.digest)
        if batch is not None:
            return _report(request, export, batch, unchanged=True)
        begin_act(session, actor, "import study", reason="as the export tells it")
        return _record(session, actor, request, export, progress)


def _check_request(code: str, protocol: str | None, time_zone: str | None) -> _Request:
    """The request with its protocol parsed; raises FaultyInput for a code, protocol or zone that cannot be."""
    if not re.fullmatch(r"[\w.+-]{1,40}", code):
        raise refuse("study code", "has other than 1 to 40 letters, digits or the signs . + - _", "Name it like CDISCPILOT01.")
    declared = parse_protocol(protocol, source="protocol file") if protocol is not None else None
    if declared is not None and declared.study.code != code:
        raise refuse("protocol file", f"declares study {declared.study.code}, not {code}", "Give the code that the protocol declares.")
    zone = time_zone or (declared.study.time_zone if declared else "UTC")
    if zone not in available_timezones():
        raise refuse("time zone", f"{zone[:40]} is no IANA time zone", "Name it like Asia/Shanghai.")
    return _Request(code, declared, protocol or "", zone)


def _find_batch(session: Session, code: str, digest: str) -> int | None:
    """The batch in which the record took this very export; None when the study is new. Raises FaultyInput for any other."""
    study, batch = table_of(Study), table_of(ImportBatch)
    found = session.connection().execute(select(study.c.id, study.c.kind).where(study.c.code == code)).first()
    if found is None:
        return None
    if found.kind != "imported":
        raise refuse(f"study {code}", f"is a {found.kind} study of this database", "Import under another code.")
    same = select(batch.c.id).where(batch.c.study_id == found.id, batch.c.digest == digest)
    number = session.connection().execute(same).scalar_one_or_none()
    if number is None:
        what = "already holds another export, or the same one with another protocol or time zone"
        raise refuse(f"study {code}", what, "Nothing was changed. Import this one under another code.")
    return int(number)


def _record(session: Session, actor: Actor, request: _Request, export: Export, progress: Progress) -> ImportReport:
    """Write the study, its rows, its issues and the audit entry in the caller's transaction."""
    knowledge = Knowledge(export.records, request.time_zone, actor.at.date(), export.findings)
    plan = Plan(next_id(session, Study), knowledge, export.findings, lambda model: next_id(session, model))
    arms = order_arms(export.of("DM"), read_doses(export.records), export.of("TA"))
    protocol = _protocol_of(request, knowledge, arms, export)
    _insert_study(session, plan, request, protocol[0])
    rows = sum(len(records) for records in export.records.values())
    batch_id = _insert_batch(session, actor, plan, export, rows)
    done = 0
    for model, versions in compose_study(plan, export, arms, protocol):
        for chunk in _chunks(versions):
            done += insert_versions(session, model, chunk)
            progress(min(done, rows), rows, f"recording {table_of(model).name.replace('_', ' ')}")
    for chunk in _chunks(compose_issues(plan, export.findings.issues, batch_id)):
        insert_versions(session, DataIssue, chunk)
    reset_sequences(session)
    report = _report(request, export, batch_id, unchanged=False)
    append_entry(session, actor, "import study", study_id=plan.study_id, details=_details(report, export.digest))
    progress(rows, rows, "recorded")
    return report


def _details(report: ImportReport, digest: str) -> dict[str, object]:
    """What the audit entry says of an import."""
    return {
        "batch": report.batch,
        "digest": digest,
        "files": list(report.files),
        "rows": dict(report.rows),
        "issues": dict(report.issues),
        "protocol": "derived" if report.derived_protocol else "declared",
    }


def _protocol_of(request: _Request, knowledge: Knowledge, arms: list[Arm], export: Export) -> tuple[Protocol, str, bool]:
    """The declared protocol, or a derived one; with its text and whether it was derived."""
    if request.protocol is not None:
        return request.protocol, request.protocol_text, False
    text = derive_protocol(request.code, request.time_zone, knowledge.start, arms, read_doses(export.records))
    return parse_protocol(text, source="derived protocol"), text, True


def _insert_study(session: Session, plan: Plan, request: _Request, protocol: Protocol) -> None:
    """Insert the study itself."""
    row = {
        "id": plan.study_id,
        "code": request.code,
        "title": protocol.study.title,
        "kind": "imported",
        "time_zone": request.time_zone,
        "ctcae_version": protocol.study.ctcae_version if request.protocol else None,
        "data_through": plan.knowledge.through,
    }
    session.connection().execute(insert(table_of(Study)), [row])


def _insert_batch(session: Session, actor: Actor, plan: Plan, export: Export, rows: int) -> int:
    """Insert the batch, by whose digest the same export is recognised, and return its id."""
    batch_id = next_id(session, ImportBatch)
    row = {
        "id": batch_id,
        "study_id": plan.study_id,
        "imported_at": actor.at.astimezone(UTC),
        "actor": actor.name,
        "digest": export.digest,
        "files": json.dumps(export.files, ensure_ascii=False),
        "rows": rows,
    }
    session.connection().execute(insert(table_of(ImportBatch)), [row])
    return batch_id


def _chunks(rows: Iterable[Versions]) -> Iterator[list[Versions]]:
    """The rows in lists of at most CHUNK."""
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def _report(request: _Request, export: Export, batch: int, *, unchanged: bool) -> ImportReport:
    """What was done, for the caller."""
    return ImportReport(
        study=request.code,
        rows={code: len(records) for code, records in sorted(export.records.items())},
        issues=export.findings.count(),
        unchanged=unchanged,
        batch=batch,
        files=tuple(export.files),
        unused=tuple(export.findings.unused),
        derived_protocol=request.protocol is None,
        problems=tuple(export.findings.issues),
    )

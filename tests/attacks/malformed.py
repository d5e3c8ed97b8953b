"""Malformed files: spoilt at random, each is refused by place or imported whole; nothing crashes, nothing is half there."""

import io
import random
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyreadstat
from sqlalchemy import Engine, func, select

from db.audit import read_head
from db.commands.import_study import import_study
from db.engine import reading
from db.history import table_of
from db.importers.delimited import read_delimited
from db.importers.findings import Findings
from db.importers.reading import assemble_export, read_export
from db.importers.sources import Source, Upload
from db.importers.xpt import read_xpt
from db.models import AdverseEvent, Study, Subject
from tests.attacks.mutations import MUTATIONS, Spoilt, write_files
from tests.blank import open_blank
from tests.db.sdtm_export import MANAGER, small_export
from tests.faults.figure import Figure
from trial.errors import Fault, FaultyInput

AT_ONCE = 250
"""Transport files that one reader process is given."""
NAMED = 0.95


def run_malformed(count: int, folder: Path, *, seed: int = 0, recorded: int | None = None) -> Figure:
    """Spoil the small export ``count`` times and import it; ``recorded`` limits how many of those not refused are recorded."""
    figure, tally, chance = (
        Figure("malformed files crash nothing, leave nothing half, and are refused by place"),
        Counter[str](),
        random.Random(seed),
    )
    engine = open_blank(folder / "record.db")
    transports = count // 5
    for spoilt in _spoil(count - transports, chance):
        figure.tried += 1
        uploads = [Upload(name, content) for name, content in spoilt.files.items()]
        try:
            export = read_export(uploads)
        except FaultyInput as error:
            _judge(figure, tally, spoilt, error.faults)
        except Exception as error:
            figure.failures.append(f"crash: {spoilt.kind}: {type(error).__name__}: {error}")
        else:
            tally["read"] += 1
            if recorded is None or tally["recorded"] < recorded:
                _record(figure, tally, engine, uploads, {code: len(rows) for code, rows in export.records.items()})
    _try_transports(figure, tally, transports, chance)
    engine.dispose()
    named, asked = tally["named"], tally["named"] + tally["unnamed"]
    figure.notes.append(f"refused {tally['refused']:,}, read {tally['read']:,}, of which recorded {tally['recorded']:,}")
    figure.notes.append(f"refusals that name file, row and column where there are such: {named:,} of {asked:,} ({named / asked:.1%})")
    if named < NAMED * asked:
        figure.failures.append("too few refusals name the place")
    return figure


def _spoil(count: int, chance: random.Random) -> Iterator[Spoilt]:
    """Spoilt exports, now and then in a zip that may be spoilt too."""
    for number in range(count):
        spoilt = MUTATIONS[number % len(MUTATIONS)](small_export(), chance)
        yield _pack(spoilt, chance) if chance.random() < 0.15 else spoilt


def _pack(spoilt: Spoilt, chance: random.Random) -> Spoilt:
    """The same in a zip; half of the zips are damaged."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for name, content in spoilt.files.items():
            archive.writestr(name, content)
    content = bytearray(packed.getvalue())
    if chance.random() < 0.5:
        place = spoilt.place and (f"x.zip/{spoilt.place[0]}", *spoilt.place[1:])
        return Spoilt(f"{spoilt.kind}, in a zip", {"x.zip": bytes(content)}, place)
    if chance.random() < 0.5:
        return Spoilt("truncated zip", {"x.zip": bytes(content[: chance.randrange(4, len(content) - 30)])}, ("x.zip", None, None))
    for _ in range(chance.choice((1, 5, 50))):
        content[chance.randrange(4, len(content))] = chance.randrange(256)
    return Spoilt("damaged zip", {"x.zip": bytes(content)}, None)


def _judge(figure: Figure, tally: Counter[str], spoilt: Spoilt, faults: tuple[Fault, ...]) -> None:
    """Whether a refusal names the place that was spoilt."""
    tally["refused"] += 1
    if spoilt.place is None:
        return
    file, row, column = spoilt.place
    wanted = [file, *([f"row {row}"] if row else []), *([f"column {column}"] if column else [])]
    found = any(set(wanted) <= {part.strip() for part in str(fault.where).split(", ")} for fault in faults)
    tally["named" if found else "unnamed"] += 1
    if not found:
        figure.notes.append(f"not named: {spoilt.kind} at {wanted}: {[str(fault.where) for fault in faults][:3]}")


def _record(figure: Figure, tally: Counter[str], engine: Engine, uploads: list[Upload], rows: dict[str, int]) -> None:
    """Import what could be read; it is there whole, or the record is as it was."""
    before = _state(engine)
    tally["recorded"] += 1
    try:
        import_study(engine, MANAGER, paths=uploads, study_code=f"M{tally['recorded']}")
    except FaultyInput:
        if _state(engine) != before:
            figure.failures.append("partial import of a refused export")
    except Exception as error:
        figure.failures.append(f"crash while recording: {type(error).__name__}: {error}")
        if _state(engine) != before:
            figure.failures.append("partial import after a crash")
    else:
        after = _state(engine)
        there = [new - old for new, old in zip(after[1:4], before[1:4], strict=True)]
        if there != [1, rows.get("DM", 0), rows.get("AE", 0)]:
            figure.failures.append(f"partial import: {there} instead of 1, {rows.get('DM')}, {rows.get('AE')}")


def _state(engine: Engine) -> tuple[str, int, int, int]:
    """The head, and how many studies, subjects and events there are."""
    with reading(engine) as session:
        counts = [
            session.connection().execute(select(func.count()).select_from(table_of(m))).scalar_one() for m in (Study, Subject, AdverseEvent)
        ]
        return str(read_head(session)), *map(int, counts)


def _try_transports(figure: Figure, tally: Counter[str], count: int, chance: random.Random) -> None:
    """The same for transport files, many to a reader process; each stands beside the sound rest of the export."""
    whole = _write_transport()
    for start in range(0, count, AT_ONCE):
        sources = [_spoil_transport(whole, f"{start + i}.xpt", chance) for i in range(min(AT_ONCE, count - start))]
        findings = Findings()
        tables = {table.file: table for table in read_xpt(sources, findings, lambda _: None)}
        refused = _faults_of(findings)
        for source in sources:
            figure.tried += 1
            mine = Findings()
            for fault in refused.get(source.name, []):
                mine.fault(source.name, fault.what, fault.cure)
            rest = [read_delimited(Source(name, content, True), mine) for name, content in _rest().items()]
            try:
                assemble_export([table for table in (*rest, tables.get(source.name)) if table is not None], mine)
                tally["read"] += 1
            except FaultyInput as error:
                place = (source.name, None, None) if refused.get(source.name) else None
                _judge(figure, tally, Spoilt("transport file", {}, place), error.faults)
            except Exception as error:
                figure.failures.append(f"crash: transport file: {type(error).__name__}: {error}")


def _faults_of(findings: Findings) -> dict[str, list[Fault]]:
    """The faults that were found, by file."""
    try:
        findings.stop_if_faulty()
    except FaultyInput as error:
        return {fault.where: [other for other in error.faults if other.where == fault.where] for fault in error.faults}
    return {}


def _rest() -> dict[str, bytes]:
    """The export without its adverse events."""
    return write_files({name: rows for name, rows in small_export().items() if name not in ("ae", "suppae")})


def _spoil_transport(whole: bytes, name: str, chance: random.Random) -> Source:
    """A transport file with bytes flipped, cut, repeated, or with a number in its headers that lies."""
    content = bytearray(whole)
    kind = chance.randrange(4)
    if kind == 0:
        content = content[: chance.randrange(80, len(content))]
    elif kind == 1:
        at = chance.randrange(len(content))
        content[at:at] = content[at : at + chance.choice((1, 80, 400))]
    else:
        area = len(content) if kind == 2 else 1_400
        for _ in range(chance.choice((1, 3, 30))):
            content[chance.randrange(20, area)] = chance.randrange(256)
    return Source(name, bytes(content), True)


def _write_transport() -> bytes:
    """The adverse events of the small export as a transport file."""
    frame = pd.DataFrame(small_export()["ae"])
    frame["AESEQ"] = frame["AESEQ"].astype(float)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ae.xpt"
        pyreadstat.write_xport(frame, str(path), file_format_version=5, table_name="AE")
        return path.read_bytes()

"""A made-up trial whose every free text is hostile: what pages, exports and logs must survive."""

from collections.abc import Mapping
from itertools import cycle, islice

from sqlalchemy import Engine, select, update
from sqlmodel import Session

from db.engine import writing
from db.history import HISTORY, table_of
from db.models import (
    Administration,
    AdverseEvent,
    Cohort,
    CommitteeDecision,
    Disposition,
    DoseLevel,
    EligibilityFinding,
    Known,
    Measurement,
    MedicalHistory,
    Medication,
    Procedure,
    ProductLot,
    Site,
    Study,
    Subject,
    Visit,
)
from synthetic.generator import generate

CODE = "HOSTILE-01"

PAYLOADS = (
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "![beacon](https://hostile.example/pixel.png)",
    "[click](javascript:alert(1)) https://hostile.example www.hostile.example",
    "=1+1",
    "@SUM(A1:A9)",
    '+cmd|"/C calc"!A0',
    "-2+3",
    "\t=HYPERLINK('https://hostile.example')",
    "long " + "x" * 10_000,
    "\u202egnirts desrever\u202c \u2067rtl\u2069",
    "zero\u200bwidth\u200d joiner \ufeff",
    "two\nlines\r\nand a bell\x07",
    "null",
    "NaN",
    "0012",
    "Robert'); DROP TABLE subject;--",
    '"quoted", with; separators | and \\ slashes',
    "$x^2$ and `code` and **bold** and :red[red] and :material/home:",
    "{braces} {0} %s %(name)s {{double}}",
    "<a href='https://hostile.example'>link</a> &lt;b&gt; &amp;",
    "<b>bold</b><br><style>*{display:none}</style>",
    "\U0001f9ea\U0001f468\u200d\u2695\ufe0f 脊髓损伤 ألم",
    " ",
)
"""Texts that some reader of text acts on: HTML, markdown, spreadsheets, SQL, formats, direction marks, and sheer length."""

TARGETS: Mapping[type[Known], tuple[str, ...]] = {
    Site: ("name", "country"),
    DoseLevel: ("label",),
    Cohort: ("label",),
    CommitteeDecision: ("rationale",),
    Subject: ("injury_mechanism", "ineligible_reason", "discontinuation_reason", "consent_version"),
    EligibilityFinding: ("criterion", "note"),
    ProductLot: ("code",),
    Procedure: ("type", "anaesthesia", "neuromonitoring"),
    Administration: ("product", "route", "location", "deviation"),
    AdverseEvent: ("verbatim", "coded_term", "term_used", "category", "dlt_reason", "source_causality"),
    Visit: ("label",),
    Measurement: ("label", "visit", "result_text", "unit", "indicator"),
    Medication: ("name", "coded_name", "indication", "dose_text", "route"),
    MedicalHistory: ("verbatim", "coded_term", "category"),
    Disposition: ("verbatim", "reason"),
}
"""The free-text columns that are overwritten."""

HOSTILE_SUBJECT = "<b>=1+1</b>"
"""The code of one subject: as hostile as forty characters allow."""


def plant_hostile(engine: Engine, *, seed: int) -> str:
    """Write the study HOSTILE-01 into the database and return its code; raises FaultyInput when it is there already."""
    generate(engine, scenario="default", seed=seed, study_code=CODE)
    with writing(engine) as session:
        study = table_of(Study)
        study_id = session.connection().execute(select(study.c.id).where(study.c.code == CODE)).scalar_one()
        session.connection().execute(update(study).where(study.c.id == study_id).values(title=PAYLOADS[0]))
        for start, (model, columns) in enumerate(TARGETS.items()):
            _overwrite(session, model, columns, study_id, start)
        _rename_subject(session, study_id)
    return CODE


def _overwrite(session: Session, model: type[Known], columns: tuple[str, ...], study_id: int, start: int) -> None:
    """Give each row other payloads, the same ones to all its versions; a code stays unique by a number after it."""
    table, past = table_of(model), HISTORY[model]
    ids = session.connection().execute(select(table.c.id).where(table.c.study_id == study_id).order_by(table.c.id)).scalars().all()
    texts = islice(cycle(PAYLOADS), start, None)
    for row_id in ids:
        chosen = {name: next(texts) for name in columns}
        values = {name: f"{text[:20]} {row_id}" if name == "code" else text for name, text in chosen.items()}
        for place in (table, past):
            session.connection().execute(update(place).where(place.c.study_id == study_id, place.c.id == row_id).values(values))


def _rename_subject(session: Session, study_id: int) -> None:
    """Give the first dosed subject a hostile code, in every version."""
    table, past, given = table_of(Subject), HISTORY[Subject], table_of(Administration)
    first = select(given.c.subject_id).where(given.c.study_id == study_id).order_by(given.c.id).limit(1)
    row_id = session.connection().execute(first).scalar_one()
    for place in (table, past):
        session.connection().execute(update(place).where(place.c.study_id == study_id, place.c.id == row_id).values(code=HOSTILE_SUBJECT))

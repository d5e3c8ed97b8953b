"""A made-up trial whose every free text is hostile: what an attacker, a careless site or a spreadsheet may put into a field.

Pages, exports and queries are held against it. Numbers, dates and closed lists stay as a scenario has them.
"""

import json
from itertools import cycle

from sqlalchemy import Engine

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
    ProtocolVersion,
    Site,
    Subject,
    Visit,
)
from synthetic.generator import default_until, write_story
from synthetic.record import Ids, Rows, Values
from synthetic.scenarios import find_scenario
from synthetic.story import tell_story
from synthetic.truth import Truth

CODE = "HOSTILE-01"
SCENARIO = "default"

SHORT = (
    "<script>alert(1)</script>",
    "=1+1",
    "null",
    "0012",
    '"><img src=x onerror=alert(2)>',
    "@SUM(A1:A9)",
    "NaN",
    "'; DROP TABLE subject; --",
    "+1-1",
    "-2+3",
    "None",
    "![x](http://127.0.0.1:9/a.png)",
    "[click](javascript:alert(3))",
    "$\\frac{1}{0}$",
    ":red[red]",
    ":material/home:",
    "\u202egnp.exe\u202c",
    "zero\u200bwidth\u200djoined",
    "👩🏽\u200d⚕️🧠💉",
    "first line\nsecond line\r\nthird\ttab",
    "%s %(name)s {0} {study} \\x00",
    "&lt;b&gt; &amp; <b>bold</b>",
    "true",
    "1e309",
    "  spaces around  ",
    "../../etc/passwd",
    "ＦＵＬＬ ｗｉｄｔｈ İstanbul ß ﷽",
    "`code` **bold** # title\n| a | b |\n|---|---|",
)
"""Hostile texts that fit into any field; a subject code may be one."""

LONG = (
    "A" * 10_000,
    "long words " * 900,
    "<div style='position:fixed;inset:0;background:red'>" + "x" * 3_000 + "</div>",
)
"""Hostile texts of up to ten thousand characters, for fields without a length."""

FIELDS: dict[type[Known], tuple[str, ...]] = {
    ProtocolVersion: ("reason",),
    Site: ("name", "country"),
    DoseLevel: ("label", "unit"),
    Cohort: ("label",),
    CommitteeDecision: ("rationale",),
    Subject: ("code", "consent_version", "ineligible_reason", "injury_mechanism", "injury_level", "discontinuation_reason"),
    EligibilityFinding: ("criterion", "note"),
    ProductLot: ("code",),
    Procedure: ("type", "anaesthesia", "neuromonitoring"),
    Administration: ("product", "route", "location", "amount_unit", "deviation"),
    AdverseEvent: ("verbatim", "coded_term", "term_used", "category", "dictionary", "dlt_reason"),
    Visit: ("label",),
    Measurement: ("label", "unit", "result_text"),
    Medication: ("name", "coded_name", "indication", "dose_text", "route"),
    MedicalHistory: ("verbatim", "coded_term", "category"),
    Disposition: ("reason", "verbatim"),
}
"""The free texts of each table."""

CODES = ("code",)
LABELS = ("10 M cells", "Guangzhou", "cell product", "Day 7", "CSF leak", "before surgery", "immunosuppression", "age 18-65 years", "Death")
"""Words of the protocol file that are replaced."""


class _Disguise:
    """Gives every text of a field its hostile one, the same each time, so that terms still repeat."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._known: dict[tuple[str, str], str] = {}
        self._count: dict[str, int] = {}

    def __call__(self, rows: Rows) -> Rows:
        fields = FIELDS.get(rows.model, ())

        def build(chunk: list[int], ids: Ids) -> list[list[Values]]:
            """A chunk of rows, hostile text in their free-text fields."""
            return [[self._change(version, fields) for version in versions] for versions in rows.build(chunk, ids)]

        return Rows(rows.model, rows.known, lambda chunk, ids: build(list(chunk), ids))

    def _change(self, version: Values, fields: tuple[str, ...]) -> Values:
        texts = {name: self._text(name, version[name]) for name in fields if isinstance(version[name], str)}
        return {**version, **texts}

    def _text(self, name: str, before: str) -> str:
        if name == "term_used":
            name = "coded_term" if ("coded_term", before) in self._known else "verbatim"
        if (name, before) not in self._known:
            number = self._count.get(name, self._seed % len(SHORT))
            self._count[name] = number + 1
            texts = SHORT if name in CODES else SHORT[:2] + LONG + SHORT[2:]
            text = texts[number % len(texts)]
            self._known[name, before] = text if number - self._seed % len(SHORT) < len(texts) else f"{text} {number}"
        return self._known[name, before]


def hostile_protocol() -> str:
    """Return the default protocol's text with hostile words for labels, names and the title; it stays valid."""
    text = find_scenario(SCENARIO).protocol_text
    for label, hostile in zip(LABELS, cycle(SHORT), strict=False):
        text = text.replace(f'"{label}"', json.dumps(f"{label} {hostile}", ensure_ascii=False))
    return text.replace('title = "', f'title = "{SHORT[0]} ').replace('code = "FW-SCI-01"', f'code = "{CODE}"', 1)


def plant_hostile(engine: Engine, *, seed: int) -> Truth:
    """Write the study HOSTILE-01, the default scenario with hostile texts, and return its truth.

    Subject codes in the truth are the plain ones, in the record they are hostile. Raises FaultyInput when it is there already.
    """
    story = tell_story(SCENARIO, seed=seed, text=hostile_protocol())
    return write_story(engine, story, default_until(story), disguise=_Disguise(seed))

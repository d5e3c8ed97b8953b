"""Words that reach the screen from closed lists, from faults and from notes on the data have a translation too."""

import ast
from collections.abc import Iterator

import pytest

from dashboard.text import LANGUAGES
from db.history import KNOWN_MODELS
from tests.contracts.sources import calls, program, read
from tests.contracts.words import catalogue, fixed, formats
from trial import terms
from trial.data_faults import DATA_FAULTS
from trial.escalation.decision import CELL_ACTIONS
from trial.escalation.register import DESIGNS
from trial.roles import ROLES
from trial.signals.monitor import STATES

OTHERS = [code for code in LANGUAGES if code != "en"]
LISTS = {
    "trial/roles.py": ROLES,
    "trial/terms.py": (
        *terms.SEVERITIES, *terms.OUTCOMES, *terms.ACTIONS, *terms.CAUSALITIES, *terms.HEADS, *terms.JUDGES, *terms.EXPECTEDNESS,
        *terms.DLT_STATES, *terms.STATUSES, *terms.DECISIONS, *terms.MEASUREMENT_KINDS, *terms.DISPOSITION_KINDS, *terms.SEXES,
        *terms.CHECK_PERIODS, *terms.CHECK_ANSWERS,
    ),
    "trial/escalation/": (*CELL_ACTIONS, "stop", "wait", *(design.summary for design in DESIGNS.values())),
    "trial/escalation/, sources": [design.source for design in DESIGNS.values()],
    "trial/signals/monitor.py": STATES,
    "trial/data_faults.py": [words for fault in DATA_FAULTS for words in (fault.label, fault.cure)],
    "db/history.py": [str(model.__tablename__).replace("_", " ") for model in KNOWN_MODELS],
}  # fmt: skip
"""The closed lists whose words are said, by where they stand."""
TELLERS = ("fault", "refuse", "Fault", "leave", "note", "Issue", "TextFault", "XptFault", "ValueError")
PLACES = ("db/importers", "db/commands/import_study.py", "db/schema.py", "trial/protocol.py", "trial/dates.py")
"""Whatever these call names are given there can stand on the Data page: as a refused upload, or as a problem of the data."""


def told(tree: ast.Module) -> Iterator[str]:
    """Every literal and f-string (as a template) that a fault or a note is made of, without bare places."""
    for teller in TELLERS:
        for call in calls(tree, teller):
            for given in call.args:
                words = [given.value] if isinstance(given, ast.Constant) and isinstance(given.value, str) else formats(given)
                yield from (word for word in words if any(sign.isalpha() for sign in fixed(word)))


@pytest.mark.parametrize("language", OTHERS)
def test_every_closed_word_is_translated(language):
    known = catalogue(language)
    missing = [f"{place}: {word!r}" for place, words in LISTS.items() for word in words if word not in known]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("language", OTHERS)
def test_every_fault_and_note_is_translated(language):
    known = catalogue(language)
    missing = [f"{source.path}: {word!r}" for source in program(*PLACES) for word in told(source.tree) if word not in known]
    assert not missing, "give each a wording in dashboard/catalogue:\n" + "\n".join(missing)


def test_planted_faults_are_seen():
    planted = read(
        "db/importers/planted.py", 'refuse("x file", f"holds {len(rows):,} of {a.rows}", cure); note(record, f"{b}", "odd word")'
    )
    assert sorted(told(planted.tree)) == ["holds {rows} of {rows_2}", "odd word", "x file"]

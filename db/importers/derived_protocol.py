"""The protocol of a study that came without one: what the export itself says, and no rule that nobody declared."""

import json
from collections.abc import Sequence
from datetime import date

from db.importers.arms import Arm
from db.importers.records import Record

_REASON = "Derived from an import that came without a protocol file; declares no rule, so pages that need one say what is missing."


def derive_protocol(code: str, time_zone: str, start: date, arms: Sequence[Arm], doses: Sequence[Record]) -> str:
    """Return the text of a minimal protocol file (trial.protocol) for a study that starts its data on ``start``.

    Its arms stand in it as a note only: an arm is not yet a dose level.
    """
    products = sorted({name for record in doses if (name := record.text("EXTRT", "ECTRT"))})
    notes = [
        f"# Arm {arm.code}: {arm.label}" + (f", mean dose {arm.dose:g} {arm.unit or ''}".rstrip() if arm.dose is not None else "")
        for arm in arms
    ]
    return "\n".join(
        [
            "# Derived from the arms of an import; to replace it, import the study with --protocol FILE.",
            *(note.replace("\n", " ").replace("\r", " ") for note in notes),
            "",
            "[study]",
            f"code = {_quote(code)}",
            f"title = {_quote(f'{code} (imported)')}",
            'phase = "not declared"',
            f"product = {_quote(', '.join(products)[:2000] or 'not declared')}",
            'indication = "not declared"',
            f"time_zone = {_quote(time_zone)}",
            'source = "SDTM import"',
            "",
            "[version]",
            'number = "derived"',
            f"effective = {start.isoformat()}",
            f"reason = {_quote(_REASON)}",
            "",
        ]
    )


def _quote(text: str) -> str:
    """A TOML basic string; JSON escapes are valid in it once DEL is escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

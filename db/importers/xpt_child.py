"""Read transport files to JSON text columns; run on its own, so that a crash of the parser ends no one else.

Arguments: a folder and numbers n; reads n.xpt, writes n.json, answers one JSON line for each on standard output.
"""

import json
import math
import resource
import sys
from pathlib import Path

import pyreadstat


def convert(values: list[object]) -> list[str]:
    """Return cells as text: whole numbers without a point, missing ones as ""."""
    return [_to_text(value) for value in values]


def _to_text(value: object) -> str:
    if isinstance(value, str):
        return value.replace("\x00", "").strip()
    if not isinstance(value, float):
        return "" if value is None else str(value)
    if math.isnan(value):
        return ""
    return str(int(value)) if value.is_integer() else str(value)


def read(path: Path) -> dict[str, str]:
    """Read one file, write it beside as JSON, and return what to answer."""
    errors = []
    for encoding in ("utf-8", "cp1252"):
        try:
            columns, _ = pyreadstat.read_xport(str(path), output_format="dict", encoding=encoding, disable_datetime_conversion=True)
        except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, ValueError, OverflowError) as error:
            errors.append(str(error))  # text in another encoding surfaces as any of these
            continue
        text = {str(name): convert(list(values)) for name, values in columns.items()}
        path.with_suffix(".json").write_text(json.dumps(text, ensure_ascii=False), "utf-8")
        return {"encoding": encoding}
    return {"error": errors[0]}


def confine() -> None:
    """Limit what the parser may take: a header that lies about sizes ends this process and no other."""
    for kind, most in ((resource.RLIMIT_AS, 4 << 30), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (allowed, allowed))


if __name__ == "__main__":
    confine()
    folder = Path(sys.argv[1])
    for number in sys.argv[2:]:
        sys.stdout.write(json.dumps(read(folder / f"{number}.xpt")) + "\n")
        sys.stdout.flush()

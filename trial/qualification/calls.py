"""Reading the R calls that some reference files quote."""

import re
from dataclasses import dataclass, field

_CALL = re.compile(r"([\w.:]+)\(((?:[^()]|\([^()]*\))*)\)")
_ARGUMENT = re.compile(r"(?:([\w.]+)\s*=\s*)?((?:c\([^()]*\)|'[^']*'|\"[^\"]*\"|[^,])+)")


@dataclass(frozen=True)
class Call:
    """One R call: its function, positional and named arguments as text."""

    function: str
    positional: tuple[str, ...]
    named: dict[str, str] = field(default_factory=dict)

    def find(self, name: str, position: int, default: str = "") -> str:
        """Return the argument called ``name``, else the one at ``position`` (from 0), else ``default``."""
        if name in self.named:
            return self.named[name]
        return self.positional[position] if position < len(self.positional) else default


def read_calls(text: str) -> list[Call]:
    """Return the calls that ``text`` quotes, left to right; vectors ``c(...)`` become numbers separated by semicolons."""
    calls = []
    for function, inside in _CALL.findall(text):
        positional, named = [], {}
        for name, value in _ARGUMENT.findall(inside):
            plain = re.sub(r"^c\((.*)\)$", lambda found: found[1].replace(",", ";"), value.strip()).strip("'\"")
            if name:
                named[name] = plain
            elif plain:
                positional.append(plain)
        calls.append(Call(function.split("::")[-1], tuple(positional), named))
    return calls

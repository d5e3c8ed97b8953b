"""The register of designs, and how a design is built from a protocol or from words."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from inspect import cleandoc
from math import isfinite
from typing import Any

from trial.errors import Fault, FaultyInput
from trial.escalation.blrm import Blrm
from trial.escalation.boin import Boin
from trial.escalation.crm import Crm, TiteCrm
from trial.escalation.design import Design
from trial.escalation.i3plus3 import I3Plus3
from trial.escalation.keyboard import Keyboard, Mtpi, Mtpi2
from trial.escalation.rolling_six import RollingSix
from trial.escalation.three_plus_three import ThreePlusThree
from trial.escalation.tite_boin import TiteBoin
from trial.escalation.wrappers import WRAPPERS, find_wrapper_faults, list_own_fields, wrap_design
from trial.protocol import Protocol

DESIGNS: Mapping[str, type[Design]] = {
    design.name: design for design in (ThreePlusThree, RollingSix, Boin, TiteBoin, Keyboard, Mtpi2, Mtpi, I3Plus3, Crm, TiteCrm, Blrm)
}
"""Every design by the name that protocol files and the command line use."""

_WORDS = {"true": True, "t": True, "yes": True, "1": True, "false": False, "f": False, "no": False, "0": False}


def build_design(protocol: Protocol) -> Design:
    """Return the design that ``protocol`` declares; raise FaultyInput with every fault, also where none is declared.

    The dose levels supply what a model needs of them: how many there are, and their amounts (first component of the dose).
    """
    part = protocol.escalation
    if part is None:
        raise FaultyInput([Fault("[escalation]", "is not declared in the protocol file", "Declare a design, see trial/protocol.py.")])
    supplied: dict[str, object] = {"levels": len(protocol.dose_levels), "stop_at_n": part.max_per_dose}
    amounts = [level.vector[0].value for level in protocol.dose_levels]
    if all(isinstance(amount, float) for amount in amounts):
        supplied["amounts"] = amounts
    return create_design(part.design, {"cohort_size": part.cohort_size, **part.parameters}, supplied=supplied)


def find_design(name: str) -> type[Design]:
    """Return the design class called ``name`` (case does not matter); raise FaultyInput where there is none."""
    found = {key.casefold(): design for key, design in DESIGNS.items()}.get(name.strip().casefold())
    if found is None:
        raise FaultyInput([Fault("design", f"{name[:40]!r} is not known", f"Choose one of: {', '.join(DESIGNS)}.")])
    return found


def create_design(name: str, parameters: Mapping[str, object], *, supplied: Mapping[str, object] | None = None) -> Design:
    """Return the design called ``name`` inside its wrappers, with ``parameters`` (values or text).

    ``supplied`` holds what the trial knows anyway; of it the design takes what it has and what ``parameters`` leave out.
    Parameters are those of the design and of `wrappers.WRAPPERS`; raise FaultyInput with every fault.
    """
    kind = find_design(name)
    own, wrapping = {field.name: field for field in fields(kind)}, _list_wrapper_fields()
    known = wrapping | own
    parameters = {key: value for key, value in (supplied or {}).items() if key in own} | dict(parameters)
    faults = [
        Fault(f"{kind.name}: {key}", "is not a parameter of this design", f"It has: {', '.join(sorted(known))}.")
        for key in parameters
        if key not in known
    ]
    faults += [
        Fault(f"{kind.name}: {key}", "is required and missing", "Give it a value.")
        for key, field in own.items()
        if field.default is MISSING and key not in parameters
    ]
    values = {key: _read_value(kind, known[key], value, faults) for key, value in parameters.items() if key in known}
    wrappers = kind.defaults | {key: value for key, value in values.items() if key in wrapping}
    mine = {key: value for key, value in values.items() if key in own}
    faults += _find_further(kind, mine, wrappers, {fault.where for fault in faults})
    if faults:
        raise FaultyInput(faults)
    return wrap_design(kind(**mine), wrappers)


def _find_further(kind: type[Design], own: Mapping[str, Any], wrappers: Mapping[str, Any], named: set[str]) -> list[Fault]:
    """What is wrong with the values that could be read, apart from the parameters ``named`` already."""
    readable = {key: value for key, value in own.items() if f"{kind.name}: {key}" not in named}
    found: list[Fault] = []
    if all(field.default is not MISSING or field.name in readable for field in fields(kind)):
        try:
            kind(**readable)
        except FaultyInput as error:
            found += error.faults
    wrapping = {key: value for key, value in wrappers.items() if f"{kind.name}: {key}" not in named}
    return [fault for fault in (*found, *find_wrapper_faults(kind, wrapping)) if fault.where not in named]


def describe_design(kind: type[Design]) -> dict[str, Any]:
    """Return what a list says of a design: name, summary, source, its parameters with their defaults, what they mean, and restrictions.

    A parameter without a default is None and among ``required``. A restriction that is off is None; any design can be given any of them.
    """
    parameters = {field.name: None if field.default is MISSING else field.default for field in fields(kind)}
    off = {name: None for wrapper, restriction in WRAPPERS.items() for name in (wrapper, *list_own_fields(restriction))}
    meanings = [one for one in kind.__mro__ if issubclass(one, Design) and "__doc__" in vars(one)]
    words = [_plain(one) for one in meanings]
    restrictions = {name: _plain(restriction) for name, restriction in WRAPPERS.items()}
    return {
        "name": kind.name,
        "summary": kind.summary,
        "source": kind.source,
        "parameters": parameters,
        "required": [field.name for field in fields(kind) if field.default is MISSING],
        "meaning": " ".join(words),
        "restrictions": off | kind.defaults,
        "restrictions_meaning": restrictions,
    }


def _plain(kind: type[Design]) -> str:
    """The docstring of a class on one line."""
    return " ".join(cleandoc(kind.__doc__ or "").replace("``", "").split())


@dataclass(frozen=True)
class _Switch:
    """A wrapper without parameters, as the yes-or-no parameter that turns it on."""

    name: str
    type: str = "bool"


def _list_wrapper_fields() -> dict[str, _Switch | Field[Any]]:
    """Parameters of all wrappers."""
    found: dict[str, _Switch | Field[Any]] = {}
    for switch, kind in WRAPPERS.items():
        names = list_own_fields(kind)
        found[switch] = _Switch(switch)
        found.update({field.name: field for field in fields(kind) if field.name in names})
    return found


def _read_value(kind: type[Design], field: _Switch | Field[Any], value: object, faults: list[Fault]) -> Any:
    """``value`` with the type that ``field`` declares; text is converted."""
    wanted = str(field.type)
    absent = value is None or (isinstance(value, str) and value.strip().casefold() == "none")
    if absent and "None" in wanted:
        return None
    name = next(word for word in _READERS if word in wanted)
    try:
        return _READERS[name](value)
    except (ValueError, TypeError, KeyError):
        faults.append(Fault(f"{kind.name}: {field.name}", f"{str(value)[:40]!r} is not {_MEANING[name]}", "Correct the value."))
    return None


def _read_numbers(value: object) -> tuple[float, ...]:
    if isinstance(value, str):
        return tuple(map(_read_number, value.replace(",", ";").split(";")))
    if isinstance(value, list | tuple):
        return tuple(map(_read_number, value))
    raise TypeError


def _read_flag(value: object) -> bool:
    return value if isinstance(value, bool) else _WORDS[str(value).strip().casefold()]


def _read_whole(value: object) -> int:
    number = _read_number(value)
    if not number.is_integer():
        raise ValueError
    return int(number)


def _read_number(value: object) -> float:
    if isinstance(value, bool) or not isfinite(number := float(str(value))):
        raise TypeError
    return number


_READERS: Mapping[str, Callable[[object], object]] = {
    "tuple": _read_numbers,
    "bool": _read_flag,
    "int": _read_whole,
    "float": _read_number,
    "str": str,
}
_MEANING = {"bool": "yes or no", "int": "a whole number", "float": "a number", "tuple": "numbers separated by semicolons", "str": "text"}

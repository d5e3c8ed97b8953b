"""Chains of calls of the R package escalation, and our designs for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trial.qualification.calls import Call
from trial.qualification.cells import read_flag


@dataclass(frozen=True)
class Selector:
    """Our ``design`` for a dose selector: its positional arguments, and our names of its settings."""

    design: str
    positional: tuple[str, ...]
    settings: Mapping[str, str]

    def knows(self, name: str) -> bool:
        """Return whether the argument ``name`` is understood."""
        return name in self.positional or name in self.settings


_INTERVALS = {"epsilon1": "below", "epsilon2": "above", "exclusion_certainty": "eliminate_above"}
SELECTORS: Mapping[str, Selector] = {
    "get_boin": Selector(
        "BOIN",
        ("num_doses", "target"),
        {
            "stop_when_deescalation_impossible": "stop_when_lowest_too_toxic",
            "p.saf": "safe_rate",
            "p.tox": "toxic_rate",
            "cutoff.eli": "eliminate_above",
        },
    ),
    "get_mtpi2": Selector("mTPI-2", ("num_doses", "target"), _INTERVALS),
    "get_mtpi": Selector("mTPI", ("num_doses", "target"), _INTERVALS),
    "get_dfcrm": Selector("CRM", ("skeleton", "target"), {"scale": "scale", "model": "model", "intcpt": "intercept"}),
    "get_three_plus_three": Selector("3+3", ("num_doses",), {"allow_deescalate": "de_escalate"}),
}
"""Dose selectors of the package that we have a design for."""


def find_obstacle(calls: Sequence[Call], skeleton: str) -> str:
    """Return why a chain is not computed again, empty where it is; ``skeleton`` stands for one that is only named."""
    if not calls or calls[0].function not in SELECTORS:
        return f"{calls[0].function[:40] if calls else 'a design without a call'} is not computed again"
    first, selector = calls[0], SELECTORS[calls[0].function]
    strange = [name for name in first.named if not selector.knows(name)]
    strange += [call.function for call in calls[1:] if _read_wrapper(call) is None]
    if len(first.positional) > len(selector.positional):
        strange.append("more arguments")
    if first.function == "get_dfcrm" and ";" not in first.find("skeleton", 0) and not skeleton:
        strange.append("a skeleton that is not given")
    return f"{first.function} with {', '.join(strange)[:80]} is not computed again" if strange else ""


def read_chain(calls: Sequence[Call], skeleton: str) -> tuple[dict[str, object], int]:
    """Return our settings for a chain and its number of doses."""
    first, selector = calls[0], SELECTORS[calls[0].function]
    settings: dict[str, object] = {ours: first.named[theirs] for theirs, ours in selector.settings.items() if theirs in first.named}
    if "target" in selector.positional:
        settings["target"] = first.find("target", 1)
    if first.function == "get_dfcrm":
        given = first.find("skeleton", 0)
        settings |= {"skeleton": given if ";" in given else skeleton, "no_skipping": False, "coherent": False}
    elif first.function.startswith("get_mtpi"):
        settings["eliminate_from_n"] = 2  # the package looks at two subjects already before it excludes a dose
    for call in calls[1:]:
        settings |= _read_wrapper(call) or {}
    doses = str(settings["skeleton"]).count(";") + 1 if "skeleton" in settings else int(first.find("num_doses", 0))
    return settings, doses


def _read_wrapper(call: Call) -> dict[str, object] | None:
    """Settings of a restriction in the chain; None where we have no such restriction."""
    if call.function == "dont_skip_doses" and not read_flag(call.find("when_deescalating", 1, "FALSE")):
        return {"no_skipping": read_flag(call.find("when_escalating", 0, "TRUE"))}
    if call.function == "stop_when_too_toxic" and call.find("dose", 0) == "1":
        return {"too_toxic_rate": call.find("tox_threshold", 1), "too_toxic_confidence": call.find("confidence", 2)}
    return {"stop_at_total": call.find("n", 0)} if call.function == "stop_at_n" else None

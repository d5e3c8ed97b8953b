"""What a design is told: counts per dose level, and where the trial stands."""

from dataclasses import dataclass, replace

from trial.errors import Fault, FaultyInput


@dataclass(frozen=True)
class DoseCount:
    """The subjects of one dose level who count for the rule (replaced and not evaluable subjects are left out).

    ``treated`` counts every such subject, ``dlt`` those with a DLT, ``pending`` holds for each subject still inside the
    DLT window the share of the window that is over (0 to 1).
    """

    treated: int = 0
    dlt: int = 0
    pending: tuple[float, ...] = ()

    @property
    def evaluable(self) -> int:
        """Subjects with a DLT or a completed window."""
        return self.treated - len(self.pending)

    @property
    def follow_up(self) -> float:
        """Total follow-up of the pending subjects, in DLT windows."""
        return sum(self.pending)

    def resolve(self, dlt: int) -> "DoseCount":
        """Return these counts once the pending subjects are known, ``dlt`` of them with a DLT."""
        return DoseCount(self.treated, self.dlt + dlt)


@dataclass(frozen=True)
class State:
    """The trial as a design sees it.

    ``doses`` holds one count per dose level, lowest first; ``current`` is the level (from 1) under way;
    ``open_places`` the subjects still to be dosed in the current cohort; ``closed_from`` the lowest level that a committee
    has closed for good, if any; ``latest`` treated and DLT of the latest cohort (needed by the coherence rule only).
    """

    doses: tuple[DoseCount, ...]
    current: int = 1
    open_places: int = 0
    closed_from: int | None = None
    latest: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        faults = list(_state_faults(self))
        if faults:
            raise FaultyInput(faults)

    @property
    def here(self) -> DoseCount:
        """Counts at the current dose level."""
        return self.doses[self.current - 1]

    @property
    def top(self) -> int:
        """The highest dose level."""
        return len(self.doses)

    @property
    def tried(self) -> tuple[int, ...]:
        """Dose levels with at least one subject, in order."""
        return tuple(level for level, count in enumerate(self.doses, 1) if count.treated)

    @property
    def treated(self) -> tuple[int, ...]:
        """Subjects treated per dose level."""
        return tuple(count.treated for count in self.doses)

    @property
    def dlt(self) -> tuple[int, ...]:
        """Subjects with a DLT per dose level."""
        return tuple(count.dlt for count in self.doses)

    def with_here(self, count: DoseCount) -> "State":
        """Return this state with other counts at the current dose level and no open places."""
        doses = (*self.doses[: self.current - 1], count, *self.doses[self.current :])
        return replace(self, doses=doses, open_places=0)


def count_state(treated: tuple[int, ...], dlt: tuple[int, ...], current: int) -> State:
    """Return the state of completed counts: subjects ``treated`` and with ``dlt`` per dose level, ``current`` level."""
    if len(treated) != len(dlt):
        raise FaultyInput(
            [Fault("counts", f"{len(treated)} dose levels treated but {len(dlt)} with DLTs", "Give one count per dose level.")]
        )
    return State(tuple(DoseCount(n, y) for n, y in zip(treated, dlt, strict=True)), current)


def _state_faults(state: State) -> list[Fault]:
    """Everything that cannot be true of a trial."""
    found = [] if state.doses else [Fault("state", "has no dose levels", "Give one count per dose level.")]
    if not 1 <= state.current <= max(len(state.doses), 1):
        found.append(
            Fault("current dose", f"{state.current} is not one of the {len(state.doses)} dose levels", "Name a declared dose level.")
        )
    if state.open_places < 0:
        found.append(Fault("open places", "cannot be below 0", "Give the subjects still to be dosed in this cohort."))
    if state.closed_from is not None and not 1 <= state.closed_from <= len(state.doses):
        found.append(Fault("closed dose", f"{state.closed_from} is not a dose level", "Name a declared dose level."))
    for level, count in enumerate(state.doses, 1):
        found += _count_faults(f"dose {level}", count)
    return found if state.latest is None else found + _latest_faults(state, *state.latest)


def _latest_faults(state: State, treated: int, dlt: int) -> list[Fault]:
    """What is wrong with the latest cohort: it is a part of those treated."""
    if 0 <= dlt <= treated <= sum(state.treated) and dlt <= sum(state.dlt):
        return []
    what = f"{dlt} with a DLT of {treated} cannot be among the {sum(state.dlt)} of {sum(state.treated)} of the whole trial"
    return [Fault("latest cohort", what, "Give its subjects, and of these those with a DLT.")]


def _count_faults(where: str, count: DoseCount) -> list[Fault]:
    found = []
    if count.treated < 0 or count.dlt < 0:
        found.append(Fault(where, "counts cannot be below 0", "Count subjects."))
    if count.dlt + len(count.pending) > count.treated:
        what = f"{count.dlt} with a DLT and {len(count.pending)} pending are more than the {count.treated} treated"
        found.append(Fault(where, what, "A subject with a DLT is not pending; count each once."))
    if not all(0 <= share <= 1 for share in count.pending):
        found.append(Fault(where, "a follow-up lies outside 0 to 1", "Give the share of the DLT window that is over."))
    return found

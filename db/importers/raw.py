"""A dataset as it was read: every cell as text, before anything is known of its meaning."""

from dataclasses import dataclass, field


@dataclass
class RawTable:
    """Columns of text from one file; "" is a missing value.

    ``numbers`` are the data row numbers (from 1) as they stand in the file, blank rows counted. ``broken`` lists rows that
    could not be read (row, what is wrong); they matter only once the file turns out to be a dataset that is used.
    """

    file: str
    named: bool
    columns: dict[str, list[str]]
    numbers: list[int]
    broken: list[tuple[int | None, str]] = field(default_factory=list)
    decimal_comma: bool = False
    notes: list[tuple[str, str, str]] = field(default_factory=list)
    """What was noticed while reading: (kind, message, what was done)."""

    def values(self, name: str) -> list[str]:
        """Return the column ``name``; all missing when the file does not have it."""
        return self.columns.get(name) or [""] * len(self.numbers)

    def drop_blank_rows(self) -> int:
        """Remove rows without any value (padding) and return how many there were."""
        kept = [i for i, cells in enumerate(zip(*self.columns.values(), strict=True)) if any(cells)]
        dropped = len(self.numbers) - len(kept)
        if dropped:
            self.columns = {name: [cells[i] for i in kept] for name, cells in self.columns.items()}
            self.numbers = [self.numbers[i] for i in kept]
        return dropped

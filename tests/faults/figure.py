"""What a fault test found, as the figure that is printed and asserted."""

from dataclasses import dataclass, field


@dataclass
class Figure:
    """How often something was tried, and what went wrong, each fault in words."""

    promise: str
    tried: int = 0
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{self.promise}: {self.tried:,} tried, {len(self.failures):,} broke it"]
        return "\n".join(lines + [f"  {note}" for note in self.notes] + [f"  BROKEN: {failure}" for failure in self.failures[:20]])

"""How results are shown: a line for each comparison, the ratio first."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

console = Console(highlight=False)


@dataclass(frozen=True)
class Ratio:
    """Ours against another figure of the same run. *at_least* is what we mean to reach."""

    what: str
    ours: float
    theirs: float
    unit: str
    at_least: float | None = None

    @property
    def value(self) -> float:
        """Ours divided by theirs."""
        return self.ours / self.theirs

    def show(self) -> None:
        """Print the comparison."""
        goal = "" if self.at_least is None else f"  (goal {self.at_least:g})"
        colour = "green" if self.at_least is None or self.value >= self.at_least else "red"
        figures = f"{self.ours:,.1f} against {self.theirs:,.1f} {self.unit}"
        console.print(f"  [{colour}]{self.value:5.2f}[/]  {self.what}: {figures}{goal}")


def median(values: Sequence[float]) -> float:
    """Give the middle value: one bad second of a shared machine does not move it."""
    return statistics.median(values)


def title(text: str) -> None:
    """Print a heading."""
    console.print(f"\n[bold]{text}[/]")


def note(text: str) -> None:
    """Print a figure that is no comparison."""
    console.print(f"         {text}")

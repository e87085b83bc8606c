"""How results are shown: a line for each comparison, the ratio first."""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)


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


@dataclass(frozen=True)
class Limit:
    """A figure that is to stay below another. *at_most* is what we mean to keep."""

    what: str
    value: float
    unit: str
    at_most: float

    def show(self) -> None:
        """Print the figure."""
        colour = "green" if self.value <= self.at_most else "red"
        console.print(
            f"  [{colour}]{self.value:8,.1f} {self.unit}[/]  {self.what}  (goal: at most {self.at_most:g})"
        )


def median(values: Sequence[float]) -> float:
    """Give the middle value: one bad second of a shared machine does not move it."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value that *share* (0 to 1) of *values* do not exceed; the nearest rank, so it is one of them."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def title(text: str) -> None:
    """Print a heading."""
    console.print(f"\n[bold]{text}[/]")


def note(text: str) -> None:
    """Print a figure that is no comparison."""
    console.print(f"         {text}")

"""Sharpen: the word for sharpening by a single number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from calotype.operations.base import Operation, Scene, Stage
from calotype.operations.unsharp import Unsharp

RADIUS, SIGMA = 2.0, 0.8
"""Pixels: fine detail, as shrinking a picture loses it; no halo that anyone would see."""


class Sharpen(Operation, tag="sharpen"):
    """Sharpen fine detail by *amount* (0 to 10): 0 changes nothing, 1 suits a picture that was made smaller.

    It is an unsharp mask of radius 2, sigma 0.8 and no threshold. Serves ImageKit's `e-sharpen`, whose bare form is
    an amount of 1, and img.pro's `sharp`.
    """

    stage = Stage.EFFECT
    example: ClassVar[Mapping[str, Any]] = {"amount": 3}
    amount: Annotated[float, Field(ge=0, le=10)] = 1.0

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Become an unsharp mask."""
        return Unsharp(radius=RADIUS, sigma=SIGMA, amount=self.amount).resolve(scene)

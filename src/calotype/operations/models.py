"""Operations that only a model can do: declared and planned like all others, refused where none is configured.

Law: nothing here touches pixels. A plan is cut at these; what a model makes of the pixels before is the source of
what follows.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from calotype.operations.base import Operation, Scene, Size, Stage
from calotype.operations.layer import Layer, Mode, Subject

BACKGROUND_MODEL = "background_model"
"""The setting of the model that finds subjects."""
SUBJECT = "subject"
"""What it is asked for: the size of the mask that it has made, in pixels."""

Prompt = Annotated[str, Field(min_length=1, max_length=1000)]


class ModelOperation(Operation):
    """What needs a model that sees."""

    stage = Stage.EFFECT
    needs = "vision_url"


class RemoveBackground(ModelOperation, tag="remove_background"):
    """Make everything but the subject transparent.

    Serves ImageKit's `e-bgremove` and `e-removedotbg`, and IMG Processing's `remove-background`.
    """

    needs = BACKGROUND_MODEL

    def alpha_after(self, alpha: bool) -> bool:  # noqa: ARG002, FBT001 - a fact, not a switch
        """Shine through where the background was."""
        return True

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Be the mask that a model makes of the picture as it is now, keeping only what it covers.

        Raises:
            Unmeasured: no model has looked yet.
        """
        scene.measure(SUBJECT, 0)
        return (Layer(source=Subject(), mode=Mode.CUTTER),)


class ChangeBackground(ModelOperation, tag="change_background"):
    """Put the subject before what *prompt* describes (1 to 1000 characters). Serves ImageKit's `e-changebg`."""

    prompt: Prompt


class Edit(ModelOperation, tag="edit"):
    """Change the picture as *prompt* says (1 to 1000 characters). Serves ImageKit's `e-edit`."""

    prompt: Prompt


class DropShadow(ModelOperation, tag="drop_shadow"):
    """Cast the shadow of a light at *azimuth* (0 to 360) and *elevation* (0 to 90) degrees, *strength* percent dark.

    The subject needs a transparent background. Serves ImageKit's `e-dropshadow`.
    """

    azimuth: Annotated[float, Field(ge=0, le=360)] = 215.0
    elevation: Annotated[float, Field(ge=0, le=90)] = 45.0
    strength: Annotated[float, Field(ge=0, le=100)] = 60.0


class Retouch(ModelOperation, tag="retouch"):
    """Clean up blemishes and noise. Serves ImageKit's `e-retouch`."""


class Upscale(ModelOperation, tag="upscale"):
    """Double both sides, inventing the detail that is missing. Serves ImageKit's `e-upscale`."""

    def size_after(self, size: Size) -> Size:
        """Be twice as wide and high."""
        return Size(2 * size.width, 2 * size.height)


class Variation(ModelOperation, tag="variation"):
    """Make another picture of the same kind. Serves ImageKit's `e-genvar`."""


class GenerativeFill(ModelOperation, tag="generative_fill"):
    """Paint what a canvas shows that the picture does not cover, as *prompt* says. Serves ImageKit's `bg-genfill`.

    An empty prompt (the default) goes on with what is there; at most 1000 characters.
    """

    stage = Stage.RESIZE
    prompt: Annotated[str, Field(max_length=1000)] = ""


MODEL_OPERATIONS: tuple[type[Operation], ...] = (
    RemoveBackground,
    ChangeBackground,
    Edit,
    DropShadow,
    Retouch,
    Upscale,
    Variation,
    GenerativeFill,
)

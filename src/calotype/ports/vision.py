"""Models that see and paint: what only they can do to pictures, whoever runs them.

Law: a model is handed pictures that a render worker has made, never bytes as somebody sent them; and what comes back
is as untrusted as an upload.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

LABELS = 5
"""How many labels a picture is given."""


class Talent(StrEnum):
    """What a model can be asked for."""

    IMAGINE = "imagine"
    DESCRIBE = "describe"
    CLASSIFY = "classify"
    READ_TEXT = "read_text"
    REMOVE_BACKGROUND = "remove_background"


class TextFormat(StrEnum):
    """How the text of a picture is written down."""

    PLAIN = "plain"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class Label:
    """What a picture may show, and how sure the model is: *score* is 0 to 1."""

    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Imagination:
    """What to paint. *model* is a caller's word for one, which the operator may have mapped; empty: the usual one."""

    prompt: str
    negative: str = ""
    """What it shall not show."""
    seed: int | None = None
    """From 0: the same seed and prompt give the same picture, where the model can do that."""
    model: str = ""


class Vision(Protocol):
    """Models that see and paint.

    Pictures go in as JPEG. All methods but `need` and `close` raise:
        NotConfigured: no model here can do that; the setting is named.
        VisionFailed: the model failed, or its answer is none.
        VisionRefused: the model will not do that for this prompt or picture.
        Busy: too much is asked of the models.
    """

    def need(self, talent: Talent) -> None:
        """Go on where a model has *talent*: asked before any work is done for it.

        Raises:
            NotConfigured: none has; the setting is named.
        """

    async def imagine(self, wish: Imagination) -> bytes:
        """Paint a square picture: the bytes of an image in any format that uploads may have."""

    async def describe(self, image: bytes, prompt: str, model: str = "") -> str:
        """Answer *prompt* about *image* in words; *model* is as for `Imagination`."""

    async def classify(self, image: bytes) -> tuple[Label, ...]:
        """Say what *image* shows: five labels, the surest first."""

    async def read_text(self, image: bytes, form: TextFormat) -> str:
        """Write down the text that *image* shows, in reading order; empty when it shows none."""

    async def remove_background(self, image: bytes) -> bytes:
        """Give a PNG whose opacity says where the subject of *image* is.

        It may be smaller than *image*, and of other proportions: stretched over it, it fits. Its colours mean nothing.
        """

    async def reach(self) -> str:
        """Say in plain words who has which talent, once every model has been loaded, and every server has answered.

        Nothing is painted or looked at: it costs nothing.
        """

    async def close(self) -> None:
        """Close what is open."""

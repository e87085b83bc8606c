"""One `Vision` of the models that settings name: each talent is one adapter's, or nobody's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from calotype.adapters.vision.http import ModelServer
from calotype.adapters.vision.observing import VisionObserver, observed
from calotype.adapters.vision.ocr import RapidOcr
from calotype.adapters.vision.openai import OpenAiVision
from calotype.adapters.vision.threads import ModelThreads
from calotype.errors import NotConfigured
from calotype.ports import Imagination, Label, Talent, TextFormat

if TYPE_CHECKING:
    from calotype.adapters.vision.onnx import OnnxBackground, OnnxClassifier

SETTINGS = {
    Talent.IMAGINE: "CALOTYPE_VISION_URL and CALOTYPE_VISION_IMAGE_MODEL",
    Talent.DESCRIBE: "CALOTYPE_VISION_URL and CALOTYPE_VISION_CHAT_MODEL",
    Talent.CLASSIFY: "CALOTYPE_CLASSIFY_MODEL, or CALOTYPE_VISION_URL and CALOTYPE_VISION_CHAT_MODEL,",
    Talent.READ_TEXT: "CALOTYPE_OCR, or CALOTYPE_VISION_URL and CALOTYPE_VISION_CHAT_MODEL,",
    Talent.REMOVE_BACKGROUND: "CALOTYPE_BACKGROUND_MODEL",
}
"""What has to be set for each talent."""
_DOING = {
    Talent.IMAGINE: "Painting a picture",
    Talent.DESCRIBE: "Describing a picture",
    Talent.CLASSIFY: "Classifying a picture",
    Talent.READ_TEXT: "Reading text",
    Talent.REMOVE_BACKGROUND: "Removing a background",
}


class _Adapter(Protocol):
    async def reach(self) -> None:
        """Load the model, or have the server answer."""


@dataclass(frozen=True, slots=True)
class ChosenVision:
    """What each method means stands at the port, `calotype.ports.Vision`."""

    observer: VisionObserver
    painter: OpenAiVision | None = None
    describer: OpenAiVision | None = None
    classifier: OnnxClassifier | OpenAiVision | None = None
    reader: RapidOcr | OpenAiVision | None = None
    remover: OnnxBackground | None = None
    server: ModelServer | None = field(default=None, repr=False)
    threads: tuple[ModelThreads, ...] = field(default=(), repr=False)
    """Closed with this, as the server is."""

    def need(self, talent: Talent) -> None:
        """See `Vision.need`."""
        if self._adapters()[talent] is None:
            raise _missing(talent)

    async def imagine(self, wish: Imagination) -> bytes:
        """See `Vision.imagine`."""
        if self.painter is None:
            raise _missing(Talent.IMAGINE)
        async with observed(self.observer, Talent.IMAGINE):
            return await self.painter.imagine(wish)

    async def describe(self, image: bytes, prompt: str, model: str = "") -> str:
        """See `Vision.describe`."""
        if self.describer is None:
            raise _missing(Talent.DESCRIBE)
        async with observed(self.observer, Talent.DESCRIBE):
            return await self.describer.describe(image, prompt, model)

    async def classify(self, image: bytes) -> tuple[Label, ...]:
        """See `Vision.classify`."""
        if self.classifier is None:
            raise _missing(Talent.CLASSIFY)
        async with observed(self.observer, Talent.CLASSIFY):
            return await self.classifier.classify(image)

    async def read_text(self, image: bytes, form: TextFormat) -> str:
        """See `Vision.read_text`."""
        if self.reader is None:
            raise _missing(Talent.READ_TEXT)
        async with observed(self.observer, Talent.READ_TEXT):
            return await self.reader.read_text(image, form)

    async def remove_background(self, image: bytes) -> bytes:
        """See `Vision.remove_background`."""
        if self.remover is None:
            raise _missing(Talent.REMOVE_BACKGROUND)
        async with observed(self.observer, Talent.REMOVE_BACKGROUND):
            return await self.remover.remove_background(image)

    async def reach(self) -> str:
        """See `Vision.reach`."""
        adapters = {talent: each for talent, each in self._adapters().items() if each is not None}
        for adapter in dict.fromkeys(adapters.values()):
            await adapter.reach()
        able = ", ".join(talent.value.replace("_", " ") for talent in adapters)
        return f"can {able}" if able else "none; whoever asks for one is told which setting enables it"

    async def close(self) -> None:
        """See `Vision.close`."""
        for threads in self.threads:
            threads.close()
        if self.server is not None:
            await self.server.close()

    def _adapters(self) -> dict[Talent, _Adapter | None]:
        return {
            Talent.IMAGINE: self.painter,
            Talent.DESCRIBE: self.describer,
            Talent.CLASSIFY: self.classifier,
            Talent.READ_TEXT: self.reader,
            Talent.REMOVE_BACKGROUND: self.remover,
        }


def _missing(talent: Talent) -> NotConfigured:
    return NotConfigured(f"{_DOING[talent]} needs a model: {SETTINGS[talent]} must be set.")

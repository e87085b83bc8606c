"""Vision in memory, for tests: says what it was told to say, and keeps what it was asked. No setting leads here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calotype.errors import CalotypeError, NotConfigured
from calotype.ports import Imagination, Label, Talent, TextFormat


class MemoryVision:
    """Has the talents that *answers* name; an answer that is an error is raised."""

    def __init__(self, answers: Mapping[Talent, Any] | None = None) -> None:
        """Begin with nothing asked."""
        self.answers = dict(answers or {})
        self.asked: list[tuple[Any, ...]] = []

    def need(self, talent: Talent) -> None:
        """Go on where there is an answer."""
        if talent not in self.answers:
            raise NotConfigured(f"{talent.value} needs a model: there is none in memory.")

    async def imagine(self, wish: Imagination) -> bytes:
        """Give the picture."""
        picture: bytes = self._answer(Talent.IMAGINE, wish)
        return picture

    async def describe(self, image: bytes, prompt: str, model: str = "") -> str:
        """Give the description."""
        text: str = self._answer(Talent.DESCRIBE, image, prompt, model)
        return text

    async def classify(self, image: bytes) -> tuple[Label, ...]:
        """Give the labels."""
        labels: tuple[Label, ...] = self._answer(Talent.CLASSIFY, image)
        return labels

    async def read_text(self, image: bytes, form: TextFormat) -> str:
        """Give the text."""
        text: str = self._answer(Talent.READ_TEXT, image, form)
        return text

    async def remove_background(self, image: bytes) -> bytes:
        """Give the mask."""
        mask: bytes = self._answer(Talent.REMOVE_BACKGROUND, image)
        return mask

    async def reach(self) -> str:
        """Say that it is in memory."""
        return "in memory"

    async def close(self) -> None:
        """Nothing is open."""

    def _answer(self, talent: Talent, *asked: Any) -> Any:
        self.need(talent)
        self.asked.append((talent, *asked))
        answer = self.answers[talent]
        if isinstance(answer, CalotypeError):
            raise answer
        return answer

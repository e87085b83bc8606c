"""Reading text here, with RapidOCR and the models in its own package.

Law: as for the other models that run here: pixels from a render worker, in a thread, and one picture at a time.
"""

from __future__ import annotations

from typing import Any

from calotype.adapters.vision.threads import ModelThreads
from calotype.errors import NotConfigured
from calotype.ports import TextFormat


class RapidOcr:
    """Chinese and Latin print, as RapidOCR's small models read it."""

    def __init__(self, wait_s: float) -> None:
        """Load nothing yet; whoever has waited *wait_s* seconds for a turn is refused."""
        self._engine: Any = None
        # One: the engine keeps a call's parameters in itself.
        self.threads = ModelThreads(1, wait_s)

    async def read_text(self, image: bytes, form: TextFormat) -> str:
        """See `Vision.read_text`."""
        return await self.threads.run(self._read, image, form)

    def _read(self, image: bytes, form: TextFormat) -> str:
        found = self._loaded()(image)
        if not found.txts:
            return ""
        return str(found.to_markdown()) if form is TextFormat.MARKDOWN else "\n".join(found.txts)

    async def reach(self) -> None:
        """Load the engine; its models are read with the first text."""
        await self.threads.run(self._loaded)

    def _loaded(self) -> Any:
        self._engine = self._engine or _engine()
        return self._engine


def _engine() -> Any:
    try:
        import onnxruntime  # noqa: F401 - RapidOCR asks for it when it reads
        from rapidocr import RapidOCR  # an optional extra
    except ImportError as error:
        raise NotConfigured("ocr needs RapidOCR: `pip install 'calotype[ocr]'`.") from error
    return RapidOCR(
        params={"Global.log_level": "critical", "EngineConfig.onnxruntime.intra_op_num_threads": 1}
    )

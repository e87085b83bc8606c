"""Models that see and paint: on a server that speaks OpenAI's protocol, or here, from files; or in memory for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calotype.adapters.vision.chosen import ChosenVision
from calotype.adapters.vision.http import BACKOFF_S, ModelServer, ServerPolicy
from calotype.adapters.vision.memory import MemoryVision
from calotype.adapters.vision.observing import Nobody, VisionObserver
from calotype.adapters.vision.ocr import RapidOcr
from calotype.adapters.vision.openai import OpenAiVision
from calotype.adapters.vision.threads import ModelThreads
from calotype.settings import Settings

if TYPE_CHECKING:
    from calotype.adapters.vision.onnx import OnnxBackground, OnnxClassifier

__all__ = ["ChosenVision", "MemoryVision", "VisionObserver", "open_vision"]


def open_vision(
    settings: Settings, observer: VisionObserver | None = None, *, backoff_s: float = BACKOFF_S
) -> ChosenVision:
    """Choose who has which talent by *settings*; what runs here goes before what is asked over the network.

    Nothing is loaded and nobody is called yet. *backoff_s* is waited before a call's second try.
    """
    observer = observer or Nobody()
    server = ModelServer(_policy(settings, backoff_s)) if settings.vision_url else None
    remote = _remote(settings, server, observer) if server else None
    chat = remote if settings.vision_chat_model else None
    threads = ModelThreads(settings.vision_at_once, settings.vision_timeout_s)
    ocr = RapidOcr(settings.vision_timeout_s) if settings.ocr == "rapidocr" else None
    return ChosenVision(
        observer,
        painter=remote if settings.vision_image_model else None,
        describer=chat,
        classifier=_classifier(settings, threads) or chat,
        reader=ocr or chat,
        remover=_remover(settings, threads),
        server=server,
        threads=(threads, ocr.threads) if ocr else (threads,),
    )


def _policy(settings: Settings, backoff_s: float) -> ServerPolicy:
    return ServerPolicy(
        url=settings.vision_url,
        key=settings.vision_key,
        timeout_s=settings.vision_timeout_s,
        at_once=settings.vision_at_once,
        max_bytes=settings.vision_max_bytes,
        backoff_s=backoff_s,
    )


def _remote(settings: Settings, server: ModelServer, observer: VisionObserver) -> OpenAiVision:
    return OpenAiVision(
        server,
        observer,
        image_model=settings.vision_image_model,
        chat_model=settings.vision_chat_model,
        models=settings.vision_models,
        image_fields=frozenset(settings.vision_image_fields),
    )


def _classifier(settings: Settings, threads: ModelThreads) -> OnnxClassifier | None:
    if settings.classify_model is None:
        return None
    from calotype.adapters.vision import (
        onnx,  # numpy and Pillow, which a server without such models does not load
    )

    return onnx.OnnxClassifier(onnx.OnnxModel(settings.classify_model, "classify_model", threads))


def _remover(settings: Settings, threads: ModelThreads) -> OnnxBackground | None:
    if settings.background_model is None:
        return None
    from calotype.adapters.vision import onnx  # as above

    return onnx.OnnxBackground(onnx.OnnxModel(settings.background_model, "background_model", threads))

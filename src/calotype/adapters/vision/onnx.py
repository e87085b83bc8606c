"""Models in ONNX files that the operator names, run here by ONNX Runtime: classification and finding the subject.

Law: the pixels come from a render worker; what somebody sent is never decoded here. Models run in threads, a bounded
number at once, each on one core: the event loop goes on meanwhile.

Preprocessing is each family's own: ResNet-50 as trained by torchvision (`ImageClassification` transforms: short edge
256, centre 224, ImageNet's mean and deviation), U²-Net as its authors run it (`u2net_test.py`: stretched to a square,
divided by its maximum, the same mean and deviation; the answer stretched to 0..1).
"""

from __future__ import annotations

import io
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from calotype.adapters.vision.threads import ModelThreads
from calotype.errors import NotConfigured, VisionFailed
from calotype.ports import Label
from calotype.ports.vision import LABELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

SHORT_EDGE, CENTRE = 256, 224
SQUARE = 320
"""The side that U²-Net takes when its file does not say one."""
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


class OnnxModel:
    """A model in a file, read by the first who needs it."""

    def __init__(self, path: Path, setting: str, threads: ModelThreads) -> None:
        """Run the model at *path*, which *setting* names, in *threads*."""
        self._path = path
        self._setting = setting
        self._threads = threads
        self._lock = Lock()
        self._session: Any = None

    async def run(self, work: Any, image: bytes) -> Any:
        """Have *work* (called with the session and the opened picture) done in a thread.

        Raises:
            NotConfigured: the file is no model that runs here, or ONNX Runtime is not installed.
            Busy: no thread came free in time.
        """
        return await self._threads.run(self._run, work, image)

    async def reach(self) -> None:
        """Read the file, if nobody has.

        Raises:
            NotConfigured, Busy: as `run`.
        """
        await self._threads.run(self._opened)

    def _run(self, work: Any, image: bytes) -> Any:
        return work(self._opened(), _opened(image))

    def _opened(self) -> Any:
        with self._lock:
            if self._session is None:
                self._session = _session(self._path, self._setting)
        return self._session


class OnnxClassifier:
    """ImageNet's labels by a ResNet-50, or any model that takes and gives the same."""

    def __init__(self, model: OnnxModel) -> None:
        """Ask *model*."""
        self._model = model
        self._names: tuple[str, ...] = ()

    async def classify(self, image: bytes) -> tuple[Label, ...]:
        """See `Vision.classify`."""
        found: tuple[Label, ...] = await self._model.run(self._labels, image)
        return found

    async def reach(self) -> None:
        """Load the model."""
        await self._model.reach()

    def _labels(self, session: Any, picture: Image.Image) -> tuple[Label, ...]:
        self._names = self._names or imagenet()
        scores = _answer(session, _tensor(_centre(picture)))
        if scores.size != len(self._names):
            raise NotConfigured(
                f"classify_model: the model knows {scores.size} classes instead of ImageNet's 1,000."
            )
        likely = _probabilities(scores.ravel())
        best = np.argsort(-likely, kind="stable")[:LABELS]
        return tuple(Label(self._names[each], float(likely[each])) for each in best)


class OnnxBackground:
    """The subject of a picture by a model of the U²-Net family."""

    def __init__(self, model: OnnxModel) -> None:
        """Ask *model*."""
        self._model = model

    async def remove_background(self, image: bytes) -> bytes:
        """See `Vision.remove_background`: a PNG of the model's size."""
        mask: bytes = await self._model.run(_subject, image)
        return mask

    async def reach(self) -> None:
        """Load the model."""
        await self._model.reach()


def imagenet() -> tuple[str, ...]:
    """List ImageNet-1k's class names in the order of its indices."""
    text = files("calotype.adapters.vision").joinpath("imagenet.txt").read_text("utf-8")
    return tuple(text.splitlines())


def _session(path: Path, setting: str) -> Any:
    try:
        import onnxruntime  # an optional extra
    except ImportError as error:
        raise NotConfigured(f"{setting} needs ONNX Runtime: `pip install 'calotype[onnx]'`.") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors alone; they are raised as well
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library raises a class for each of its status codes
        raise NotConfigured(f"{setting}: {path.name} is no ONNX model that can be run here.") from error


def _opened(image: bytes) -> Image.Image:
    with Image.open(io.BytesIO(image)) as picture:
        return picture.convert("RGB")


def _centre(picture: Image.Image) -> Samples:
    """Scale the short edge to 256 and cut 224 x 224 out of the middle; samples 0 to 1."""
    scale = SHORT_EDGE / min(picture.size)
    # The crop alone is scaled, from the box that it comes from: a strip of 1 x 16,383 stays small that way.
    side = CENTRE / scale
    left, top = (picture.width - side) / 2, (picture.height - side) / 2
    box = (left, top, left + side, top + side)
    crop = picture.resize((CENTRE, CENTRE), Image.Resampling.BILINEAR, box=box, reducing_gap=None)
    return np.asarray(crop, np.float32) / np.float32(255)


def _subject(session: Any, picture: Image.Image) -> bytes:
    sides = [each if isinstance(each, int) else SQUARE for each in _input(session).shape[2:]]
    if len(sides) != 2:
        raise NotConfigured("background_model: the model does not take pictures.")
    height, width = sides
    square = np.asarray(picture.resize((width, height), Image.Resampling.LANCZOS), np.float32)
    answer = _answer(session, _tensor(square / max(1.0, float(square.max()))))
    if answer.shape[-2:] != (height, width) or answer.size != height * width:
        raise NotConfigured("background_model: the model's first output is not one mask.")
    return _png(answer.reshape(height, width))


def _png(mask: Samples) -> bytes:
    """Write *mask*, its least value transparent and its greatest opaque, as the opacity of a black picture."""
    low, high = float(mask.min()), float(mask.max())
    # One value everywhere says nothing of a subject: stretched, its noise would become one.
    stretched = (mask - low) / (high - low) if high > low else np.clip(mask, 0, 1)
    alpha = Image.fromarray(np.rint(stretched * 255).astype(np.uint8))
    picture = Image.merge("LA", (Image.new("L", alpha.size), alpha))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _tensor(samples: Samples) -> Samples:
    """Bring height x width x 3 samples (0 to 1) to what both families were trained on: 1 x 3 x height x width."""
    normal = (samples - _MEAN) / _DEVIATION
    return np.ascontiguousarray(normal.transpose(2, 0, 1)[None], np.float32)


def _input(session: Any) -> Any:
    return session.get_inputs()[0]


def _answer(session: Any, tensor: Samples) -> Samples:
    """Run the model; its first output is its answer.

    Raises:
        NotConfigured: it does not take pictures of this size.
        VisionFailed: it answers with what are no numbers.
    """
    try:
        answer = np.asarray(session.run(None, {_input(session).name: tensor})[0], np.float32)
    except Exception as error:  # as above
        size = f"{tensor.shape[3]} x {tensor.shape[2]}"
        raise NotConfigured(f"The ONNX model does not take pictures of {size} pixels.") from error
    if not np.isfinite(answer).all():
        raise VisionFailed("The model answers with what are no numbers.")
    return answer


def _probabilities(scores: Samples) -> Samples:
    """Make probabilities of *scores*, unless they are some already (models may end with a softmax or without)."""
    if scores.min() >= 0 and abs(float(scores.sum()) - 1) < 1e-3:
        return scores
    powers: Samples = np.exp(scores - scores.max())
    likely: Samples = powers / powers.sum()
    return likely

"""What each endpoint of this API declares, by the path and the method that `api.PATHS` has it at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from calotype.dialects.imgprocessing import errors
from calotype.dialects.imgprocessing.errors import Kind
from calotype.web.reference.declaring import FORM, JSON, Answer, Body, Json, Parameter


class Group(StrEnum):
    """Where the reference lists an endpoint."""

    IMAGES = "Images"
    TRANSFORMS = "Transform"
    ANALYSIS = "Analyse"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    name: str
    """Unique: the vendor's own, where it is known."""
    group: Group
    summary: str
    about: str
    answers: Mapping[int, Answer]
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    needs_body: bool = True
    refusals: frozenset[Kind] = frozenset()
    """Beside those that every request may meet."""


ALWAYS = frozenset(
    {errors.UNAUTHORIZED, errors.FORBIDDEN, errors.TOO_MANY, errors.SERVER, errors.UNAVAILABLE}
)
READING = frozenset({errors.BAD_REQUEST, errors.TIMEOUT, errors.VALIDATION})
"""Of whatever reads a body."""
MODEL = frozenset({errors.NOT_AVAILABLE, errors.BAD_GATEWAY})
"""Of whatever asks a model."""
MAKING = frozenset({errors.QUOTA_EXCEEDED})

USAGE = ("X-Image-Processing-Usage",)
ID = "5f0c3a9d7b21e4868c1d2f30"
IMAGE_ID = Parameter("image_id", "ImageId", "Which image.", "path")
NEW = {201: Answer("The new image.", "Image", USAGE)}
_SAME = "The same image, as it is now."


def _create(
    name: str, summary: str, about: str, body: Body, more: frozenset[Kind] = frozenset()
) -> Operation:
    return Operation(name, Group.IMAGES, summary, about, NEW, (), body, refusals=READING | MAKING | more)


def _publishing(name: str, summary: str, about: str) -> dict[str, Operation]:
    answers = {201: Answer(_SAME, "Image", USAGE)}
    refusals = frozenset({errors.NOT_FOUND})
    return {"POST": Operation(name, Group.IMAGES, summary, about, answers, (IMAGE_ID,), refusals=refusals)}


def _transform(
    name: str, of: str, summary: str, about: str, example: Json, *, needed: bool = True, model: bool = False
) -> dict[str, Operation]:
    refusals = READING | MAKING | {errors.NOT_FOUND} | (MODEL if model else frozenset())
    body = Body(JSON, of, example)
    told = f"{about} The image it is made of stays as it is."
    return {
        "POST": Operation(name, Group.TRANSFORMS, summary, told, NEW, (IMAGE_ID,), body, needed, refusals)
    }


def _analysis(
    name: str, of: str, summary: str, about: str, answer: Answer, example: Json, *, needed: bool = False
) -> dict[str, Operation]:
    refusals = READING | MODEL | {errors.NOT_FOUND, errors.QUOTA_EXCEEDED}
    body = Body(JSON, of, example)
    return {
        "POST": Operation(
            name, Group.ANALYSIS, summary, about, {201: answer}, (IMAGE_ID,), body, needed, refusals
        )
    }


_LIST = Operation(
    "listImages",
    Group.IMAGES,
    "List images",
    "Those of the key's stage, newest first. `undefined` and nothing count as not said.",
    {200: Answer("A page; `links` lead to those around it.", "ImagePage")},
    (
        Parameter("take", "Take", "How many; 10 without it.", example=20),
        Parameter("from", "ImageId", "The first image of the page; the newest without it."),
    ),
    refusals=frozenset({errors.VALIDATION}),
)
_MISSING = frozenset({errors.NOT_FOUND})

OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "/images/upload": {
        "POST": _create(
            "uploadImage", "Create from a file",
            "The image is turned upright and kept without metadata; of an animation, its first frame.",
            Body(FORM, "Upload", {"name": "Evening"}),
        )
    },
    "/images": {
        "POST": _create(
            "createImageFromURL", "Create from a URL", "Only what the operator allows is fetched from.",
            Body(JSON, "FromUrl", {"name": "Evening", "url": "https://storage.googleapis.com/bucket/photo.jpg"}),
        ),
        "GET": _LIST,
    },
    "/images/imagine": {
        "POST": _create(
            "imagineImage", "Create from a prompt", "A JPEG of 1024 by 1024 pixels, if the operator has set a model.",
            Body(JSON, "Imagine", {"name": "Cat", "prompt": "A cat on a mat", "seed": 42}), MODEL,
        )
    },
    "/images/{image_id}": {
        "GET": Operation(
            "retrieveImage", Group.IMAGES, "Retrieve an image", "One of the key's own stage.",
            {200: Answer("The image.", "Image")}, (IMAGE_ID,), refusals=_MISSING,
        ),
        "DELETE": Operation(
            "deleteImage", Group.IMAGES, "Delete an image", "For good; its public URL ends with it.",
            {204: Answer("It is gone.")}, (IMAGE_ID,), refusals=_MISSING,
        ),
    },
    "/images/{image_id}/download": {
        "GET": Operation(
            "downloadImage", Group.IMAGES, "Download an image", "Its bytes, published or not.",
            {200: Answer("The bytes.", "Bytes")}, (IMAGE_ID,), refusals=_MISSING | {errors.VALIDATION},
        )
    },
    "/images/{image_id}/publish": _publishing(
        "publishImage", "Publish an image", "Everybody may see it at its `url` from now on."
    ),
    "/images/{image_id}/unpublish": _publishing(
        "unpublishImage", "Unpublish an image", "Its public URL ends at once; `url` is null."
    ),
    "/images/{image_id}/resize": _transform(
        "resizeImage", "Resize", "Resize", "A side, or both; larger than it was, too.",
        {"width": 800, "height": 600, "fit": "cover", "position": "top"},
    ),
    "/images/{image_id}/crop": _transform(
        "cropImage", "Crop", "Crop", "A rectangle that lies within the image.",
        {"x1": 0, "y1": 0, "x2": 8, "y2": 8},
    ),
    "/images/{image_id}/rotate": _transform(
        "rotateImage", "Rotate", "Rotate", "Other angles than right ones make it larger, with a background.",
        {"angle": 90},
    ),
    "/images/{image_id}/mirror": _transform(
        "mirrorImage", "Mirror", "Mirror", "Along one axis or both.", {"mode": "horizontal"}
    ),
    "/images/{image_id}/convert": _transform(
        "convertImage", "Convert", "Convert", "To another format.", {"format": "webp", "quality": 80}
    ),
    "/images/{image_id}/blur": _transform(
        "blurImage", "Blur", "Blur", "By a Gaussian.", {"sigma": 20}, needed=False
    ),
    "/images/{image_id}/modulate": _transform(
        "modulateImage", "Modulate", "Change colours",
        "What is left out stays as it is.",
        {"brightness": 10, "contrast": 5}, needed=False,
    ),
    "/images/{image_id}/watermark": _transform(
        "watermarkImage", "Watermark", "Lay images on", "Up to five, one over the other; cut off at the edges.",
        {"watermarks": [{"id": f"image_{ID}", "left": 10, "top": 10, "repetition_mode": "no_repeat"}]},
    ),
    "/images/{image_id}/remove-background": _transform(
        "removeBackgroundFromImage", "RemoveBackground", "Remove the background",
        "A PNG with transparency, if the operator has set a model.", {}, needed=False, model=True,
    ),
    "/images/{image_id}/classify": _analysis(
        "classifyImage", "Nothing", "Classify", "Five labels; those of test keys are masked.",
        Answer("The labels, the surest apart.", "Labels", USAGE), {},
    ),
    "/images/{image_id}/visualize": _analysis(
        "visualizeImage", "Visualize", "Ask about an image", "A model answers the prompt.",
        Answer("What the model says.", "Response", USAGE), {"prompt": "What is this?"}, needed=True,
    ),
    "/images/{image_id}/extract-formatted-text": _analysis(
        "extractFormattedText", "ExtractText", "Read the text", "Plain, or as Markdown.",
        Answer("The text.", "Text", USAGE), {"format": "markdown"},
    ),
    "/images/{image_id}/extract-text": _analysis(
        "extractText", "Nothing", "Read the lines", "What was there before `extract-formatted-text`.",
        Answer("The lines.", "Lines", USAGE), {},
    ),
}  # fmt: skip

"""Any server that speaks OpenAI's protocol, hosted or local: pictures from prompts, and answers about pictures.

`images/generations` paints; `chat/completions` with a picture describes, and classifies and reads as structured
output (`response_format: json_schema`). What comes back is checked; what does not fit is a failure, never mended.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from calotype.adapters.vision.http import ModelServer
from calotype.adapters.vision.observing import VisionObserver
from calotype.errors import VisionFailed, VisionRefused
from calotype.ports import Imagination, Label, TextFormat
from calotype.ports.vision import LABELS

SIZE = "1024x1024"

_CLASSIFY = (
    "Name the five ImageNet-1k classes that fit this picture best, the best first, in lower case English as "
    "ImageNet spells them. Give each the probability, 0 to 1, that it is the picture's class; together at most 1."
)
_READ = {
    TextFormat.PLAIN: "as plain text, one line for each line",
    TextFormat.MARKDOWN: "as Markdown: headings, lists and tables as the layout shows them",
}

_TOKENS = {"input": ("prompt_tokens", "input_tokens"), "output": ("completion_tokens", "output_tokens")}
"""What servers call the tokens that they take and give: of chats, and of pictures."""


class _Guess(BaseModel, extra="forbid"):
    label: Annotated[str, Field(min_length=1, max_length=100)]
    score: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Guesses(BaseModel, extra="forbid"):
    labels: list[_Guess]


class _Reading(BaseModel, extra="forbid"):
    text: str


Shape = TypeVar("Shape", bound=BaseModel)


class OpenAiVision:
    """What each method means stands at the port, `calotype.ports.Vision`."""

    def __init__(
        self,
        server: ModelServer,
        observer: VisionObserver,
        *,
        image_model: str,
        chat_model: str,
        models: Mapping[str, str],
        image_fields: frozenset[str],
    ) -> None:
        """Ask *server*, with *models* mapping callers' words for models to the server's own names.

        *image_fields* are those of `response_format`, `seed` and `negative_prompt` that it takes for a picture.
        """
        self._server = server
        self._observer = observer
        self._image_model = image_model
        self._chat_model = chat_model
        self._models = models
        self._image_fields = image_fields

    async def imagine(self, wish: Imagination) -> bytes:
        """Have `images/generations` paint one picture."""
        model = self._models.get(wish.model, self._image_model)
        answer = await self._server.post("images/generations", self._painting(wish, model))
        self._count(model, answer)
        picture = _picture(answer)
        self._observer.spent(model, "images", 1)
        return picture

    async def describe(self, image: bytes, prompt: str, model: str = "") -> str:
        """Ask a chat about the picture."""
        text = await self._chat(self._models.get(model, self._chat_model), prompt, image)
        if not text.strip():
            raise VisionFailed("The model answers with nothing.")
        return text

    async def classify(self, image: bytes) -> tuple[Label, ...]:
        """Have a chat guess; the scores are its own estimate."""
        found = await self._structured(_CLASSIFY, image, _Guesses)
        labels = [Label(_encodable(guess.label), guess.score) for guess in found.labels]
        if len(labels) < LABELS:
            raise VisionFailed(f"The model names {len(labels)} labels instead of {LABELS}.")
        return tuple(sorted(labels, key=lambda label: -label.score)[:LABELS])

    async def read_text(self, image: bytes, form: TextFormat) -> str:
        """Have a chat write the text down."""
        task = (
            f"Write down all text that this picture shows, in reading order, {_READ[form]}. "
            "Add nothing and leave nothing out; an empty string if there is no text."
        )
        return _encodable((await self._structured(task, image, _Reading)).text)

    async def reach(self) -> None:
        """Have the server list its models, which costs nothing; whether it does list them is its own business.

        Raises:
            VisionFailed, Busy: it cannot be reached, or does not know the key.
        """
        await self._server.reach("models")

    def _painting(self, wish: Imagination, model: str) -> dict[str, Any]:
        """Word the request; what the server has no field for is said in the prompt."""
        fields = {"response_format": "b64_json", "seed": wish.seed, "negative_prompt": wish.negative or None}
        given = {
            name: value for name, value in fields.items() if name in self._image_fields and value is not None
        }
        prompt = wish.prompt
        if wish.negative and "negative_prompt" not in given:
            prompt = f"{prompt}\n\nDo not show: {wish.negative}"
        return {"model": model, "prompt": prompt, "n": 1, "size": SIZE, **given}

    async def _structured(self, task: str, image: bytes, shape: type[Shape]) -> Shape:
        schema = {"name": "answer", "strict": True, "schema": _strict(shape.model_json_schema())}
        text = await self._chat(
            self._chat_model, task, image, response_format={"type": "json_schema", "json_schema": schema}
        )
        try:
            return shape.model_validate_json(text.strip())
        except ValidationError as error:
            raise VisionFailed("The model's answer is not of the form that was asked for.") from error

    async def _chat(self, model: str, prompt: str, image: bytes, **more: Any) -> str:
        url = f"data:image/jpeg;base64,{base64.b64encode(image).decode()}"
        content = [{"type": "text", "text": prompt}, {"type": "image_url", "image_url": {"url": url}}]
        body = {"model": model, "messages": [{"role": "user", "content": content}], **more}
        answer = await self._server.post("chat/completions", body)
        self._count(model, answer)
        return _encodable(_said(answer))

    def _count(self, model: str, answer: Mapping[str, Any]) -> None:
        """Tell the tokens that the server says it took and gave, under the names of chats and of pictures."""
        usage = answer.get("usage")
        if not isinstance(usage, dict):
            return
        for kind, names in {
            "input": ("prompt_tokens", "input_tokens"),
            "output": ("completion_tokens", "output_tokens"),
        }.items():
            amount = next((usage[name] for name in names if isinstance(usage.get(name), int)), 0)
            if amount > 0:
                self._observer.spent(model, kind, amount)


def _said(answer: Mapping[str, Any]) -> str:
    """Find the text of the first choice.

    Raises:
        VisionRefused: the model says that it will not.
        VisionFailed: there is no text, or it was cut off.
    """
    match answer:
        case {"choices": [{"finish_reason": "content_filter"}, *_]}:
            raise VisionRefused
        case {"choices": [{"message": {"refusal": str(refusal)}}, *_]} if refusal:
            raise VisionRefused
        case {"choices": [{"finish_reason": "length"}, *_]}:
            raise VisionFailed("The model's answer was cut off.")
        case {"choices": [{"message": {"content": str(text)}}, *_]}:
            return text
    raise VisionFailed("The model's server answers with no text.")


def _picture(answer: Mapping[str, Any]) -> bytes:
    """Find the bytes of the first picture.

    Raises:
        VisionFailed: there are none; a link to some is not followed: who knows where it leads.
    """
    match answer:
        case {"data": [{"b64_json": str(text)}, *_]}:
            try:
                return base64.b64decode(text, validate=True)
            except (binascii.Error, ValueError) as error:
                raise VisionFailed("The model's picture is no Base64.") from error
        case {"data": [{"url": str()}, *_]}:
            raise VisionFailed(
                "The model's server answers with a link: CALOTYPE_VISION_IMAGE_FIELDS lacks response_format."
            )
    raise VisionFailed("The model's server answers with no picture.")


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Leave of *schema* what strict servers take: no bounds, no titles; the bounds are checked on the answer."""
    left_out = {"title", "minLength", "maxLength", "minimum", "maximum"}
    return {
        name: _strict(value) if isinstance(value, dict) else value
        for name, value in schema.items()
        if name not in left_out
    }


def _encodable(text: str) -> str:
    """Pass *text* through when it can be sent on: JSON can spell half of a character."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise VisionFailed("The model's answer is no text.") from error
    return text

"""What a model does: imagine, remove backgrounds, classify, describe, read (contract, 3.3, 3.13, 3.15 to 3.17).

Law: labels are masked for test keys; nothing else of a model's answer is changed but its spelling.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse

from calotype.dialects.imgprocessing import values
from calotype.dialects.imgprocessing.callers import caller_of, stage_of
from calotype.dialects.imgprocessing.creating import created, described
from calotype.dialects.imgprocessing.errors import HEADERS
from calotype.dialects.imgprocessing.fields import members_of
from calotype.dialects.imgprocessing.transforms import answered, asked
from calotype.dialects.imgprocessing.values import asset_id_of
from calotype.domain.formats import Format
from calotype.domain.transformations import Transformation
from calotype.domain.workspaces import Stage
from calotype.operations.models import RemoveBackground
from calotype.ports import Imagination, Label, Platform, Talent, TextFormat
from calotype.services import vision
from calotype.services.delivery import Delivery
from calotype.web.departures import unless_client_leaves

PROMPT_CHARS = 1000
PAINTERS = ("sdxl", "flux")
DESCRIBERS = ("uform-gen", "llava", "gemini")
SEED_MAX = 2**53 - 1
"""The largest whole number that every JSON reader has exactly."""

_PROMPT = values.text(1, PROMPT_CHARS)
_CUT_OUT = Transformation.of(RemoveBackground(), format_=Format.PNG)

T = TypeVar("T")


async def imagine(platform: Platform, request: Request) -> JSONResponse:
    """Create an image from a prompt."""
    caller = await caller_of(platform, request)
    members = await members_of(platform, request)
    name = members.required("name", values.name)
    wish = Imagination(
        members.required("prompt", _PROMPT),
        members.optional("negative_prompt", _PROMPT, ""),
        members.optional("seed", values.integer(0, SEED_MAX)),
        members.optional("model", values.one_of(PAINTERS), ""),
    )
    members.check()
    stored = await _unless_left(request, vision.imagine(platform, caller, wish, described(name)))
    return created(stored.asset, platform.settings)


async def remove_background(platform: Platform, request: Request) -> JSONResponse:
    """Create an image of another's subject."""
    caller, members, asset = await asked(platform, request)
    name = members.optional("name", values.name)
    members.check()
    platform.vision.need(Talent.REMOVE_BACKGROUND)
    return await answered(platform, request, caller, asset, _CUT_OUT, name)


async def classify(platform: Platform, request: Request) -> JSONResponse:
    """Say what an image shows."""
    caller = await caller_of(platform, request)
    await members_of(platform, request)
    found = await _unless_left(
        request, vision.classify(platform, _delivery(request), caller, _asked(request))
    )
    return _told(labels(found, masked=stage_of(request.scope) is Stage.TEST))


async def visualize(platform: Platform, request: Request) -> JSONResponse:
    """Answer a question about an image."""
    caller = await caller_of(platform, request)
    members = await members_of(platform, request)
    prompt = members.required("prompt", _PROMPT)
    model = members.optional("model", values.one_of(DESCRIBERS), "")
    members.check()
    answer = await _unless_left(
        request, vision.describe(platform, _delivery(request), caller, _asked(request), prompt, model)
    )
    return _told({"response": answer})


async def extract_formatted_text(platform: Platform, request: Request) -> JSONResponse:
    """Write down the text of an image."""
    caller = await caller_of(platform, request)
    members = await members_of(platform, request)
    form = TextFormat(members.optional("format", values.one_of([*TextFormat]), TextFormat.PLAIN))
    members.check()
    content = await _unless_left(
        request, vision.read_text(platform, _delivery(request), caller, _asked(request), form)
    )
    return _told({"format": form.value, "content": content})


async def extract_text(platform: Platform, request: Request) -> JSONResponse:
    """Write down the text of an image, as a list of its lines: what was there before `extract-formatted-text`."""
    caller = await caller_of(platform, request)
    await members_of(platform, request)
    reading = vision.read_text(platform, _delivery(request), caller, _asked(request), TextFormat.PLAIN)
    return _told({"lines": (await _unless_left(request, reading)).splitlines()})


MASK = "result masked"
"""Every label for a test key: what its clients look for."""


def labels(found: tuple[Label, ...], *, masked: bool) -> dict[str, object]:
    """Show labels: the surest apart from the others. Pure."""
    main, *others = ({"label": MASK if masked else _title(each.name), "score": each.score} for each in found)
    return {"main_label": main["label"], "main_score": main["score"], "secondary_labels": others}


def _title(name: str) -> str:
    """Begin each word with a capital, as `Egyptian Cat`; what is one already, or follows an apostrophe, stays."""
    return " ".join(word[:1].upper() + word[1:] for word in name.split())


def _delivery(request: Request) -> Delivery:
    delivery: Delivery = request.app.state.delivery
    return delivery


def _asked(request: Request) -> str:
    return asset_id_of(request.path_params["image_id"])


async def _unless_left(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Do *work* while its caller is there: models are paid for by the second."""
    return await unless_client_leaves(request.receive, work)


def _told(answer: dict[str, object]) -> JSONResponse:
    return JSONResponse(answer, 201, HEADERS)

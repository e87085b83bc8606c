"""Whatever valid body is sent to a transform: the new image has the documented size, and so have its bytes."""

import io
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from platforms import memory_platform
from processing_people import Sender, secret_for, served

WIDTH, HEIGHT = 40, 24
SIDES = st.integers(1, 120)
COLOURS = st.sampled_from(["red", "#0f08", "transparent", "#123456"])
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def some(**members):
    """Bodies in which each member is there, or not."""
    return st.fixed_dictionaries({}, optional=members)


RESIZES = some(
    width=SIDES,
    height=SIDES,
    fit=st.sampled_from(["cover", "contain", "fill"]),
    position=st.sampled_from(["center", "top", "right", "bottom-left", "top-right"]),
    letterbox_color=COLOURS,
).filter(lambda body: "width" in body or "height" in body)
SPAN = st.lists(st.integers(0, 24), min_size=2, max_size=2, unique=True).map(sorted)
CROPS = st.tuples(SPAN, SPAN).map(
    lambda spans: dict(zip(("x1", "x2", "y1", "y2"), (*spans[0], *spans[1]), strict=True))
)
ANGLES = st.floats(-1000, 1000).map(lambda angle: round(angle, 2))
KEEPING = st.one_of(
    st.tuples(
        st.just("mirror"),
        st.fixed_dictionaries({"mode": st.sampled_from(["horizontal", "vertical", "both"])}),
    ),
    st.tuples(st.just("blur"), some(sigma=st.floats(1, 1000))),
    st.tuples(st.just("modulate"), some(brightness=st.floats(-100, 100), exposure=st.integers(-100, 100))),
    st.tuples(st.just("modulate"), some(hue=st.integers(-999, 999), saturation=st.floats(0, 9))),
    st.tuples(
        st.just("convert"),
        st.fixed_dictionaries(
            {"format": st.sampled_from(["jpeg", "jpg", "png", "webp"])},
            optional={"quality": st.integers(1, 100)},
        ),
    ),
)
MARKS = st.lists(
    some(
        left=st.integers(0, 50),
        top=st.integers(0, 50),
        width=SIDES,
        height=SIDES,
        repetition_mode=st.sampled_from(["repeat", "no_repeat", "repeat_x", "repeat_y"]),
    ),
    min_size=1,
    max_size=5,
)


@pytest.fixture
async def live(tmp_path):
    unlimited = dict.fromkeys(
        ("requests_per_minute", "workspace_requests_per_minute", "img_processing_live_requests_per_minute"), 0
    )
    platform = await memory_platform(tmp_path, **unlimited)
    async with served(platform) as http:
        yield Sender(http, {"x-api-key": await secret_for(platform)})


@pytest.fixture
async def source(live):
    out = io.BytesIO()
    Image.new("RGB", (WIDTH, HEIGHT), (200, 100, 50)).save(out, "PNG")
    return (await live.uploaded(out.getvalue()))["id"]


async def size_of(live, source, path, body):
    """Transform, and give the size that is told, which is that of the bytes too."""
    response = await live.post(f"/{source}/{path}", **body)
    assert response.status_code == 201, response.text
    image = response.json()
    picture = Image.open(io.BytesIO((await live.get(f"/{image['id']}/download")).content))
    picture.load()
    assert (picture.size, picture.format) == ((image["width"], image["height"]), image["format"].upper())
    return picture.size


@FEW
@given(body=RESIZES)
async def test_a_resize_has_the_sides_that_were_asked_for(live, source, body):
    width = body.get("width") or max(1, round(body["height"] * WIDTH / HEIGHT))
    height = body.get("height") or max(1, round(body["width"] * HEIGHT / WIDTH))
    assert await size_of(live, source, "resize", body) == (width, height)


@FEW
@given(body=CROPS)
async def test_a_crop_has_the_size_of_its_box(live, source, body):
    expected = (body["x2"] - body["x1"], body["y2"] - body["y1"])
    assert await size_of(live, source, "crop", body) == expected


@FEW
@given(angle=ANGLES)
async def test_a_rotation_holds_the_whole_picture(live, source, angle):
    cosine, sine = abs(math.cos(math.radians(angle))), abs(math.sin(math.radians(angle)))
    expected = (
        math.ceil(WIDTH * cosine + HEIGHT * sine - 1e-6),
        math.ceil(WIDTH * sine + HEIGHT * cosine - 1e-6),
    )
    assert await size_of(live, source, "rotate", {"angle": angle}) == expected


@FEW
@given(call=KEEPING)
async def test_everything_else_keeps_the_size(live, source, call):
    assert await size_of(live, source, *call) == (WIDTH, HEIGHT)


@FEW
@given(items=MARKS)
async def test_watermarks_keep_the_size(live, source, items):
    body = {"watermarks": [{"id": source, **item} for item in items]}
    assert await size_of(live, source, "watermark", body) == (WIDTH, HEIGHT)

"""Whatever a delivery URL says, an image or a clear refusal comes out: never a failure, never half an image."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from served import Served

import pictures

SOURCES = {
    "photo.jpg": pictures.jpeg(200, 150),
    "clear.png": pictures.png(90, 60, alpha=True),
    "moving.gif": pictures.gif(3, 60, 40),
    "drawn.svg": pictures.svg(),
}
KINDS = list(SOURCES)
REFUSALS = {400, 404, 501}
"""501 is for what needs a model."""

SIZES = [
    "1",
    "7",
    "20",
    "64",
    "120",
    "300",
    "0.5",
    "N10",
    "max",
    "abc",
    "",
    "iw_div_2",
    "bh_mul_0.3",
    "cw_sub_9",
]
COLOURS = ["red", "FF0000", "FFAABB50", "zzz", "000000"]
KEYS = [
    "w",
    "h",
    "x",
    "y",
    "xc",
    "yc",
    "ar",
    "dpr",
    "z",
    "r",
    "rt",
    "bl",
    "o",
    "t",
    "q",
    "dn",
    "pg",
    "lx",
    "no",
]
FLAGS = [
    "ar-4:3", "c-force", "c-at_max", "c-at_least", "c-bogus", "cm-extract", "cm-pad_resize", "cm-pad_extract",
    "fo-top_left", "fo-auto", "fo-custom", "fo-cat", "bg-blurred", "bg-dominant", "bg-gradient_dominant_4", "fl-h_v",
    "e-grayscale", "e-contrast", "e-sharpen-5", "e-usm-2-2-0.8-0.02", "e-shadow", "e-gradient-ld-45_sp-0.3",
    "e-colorize-co-red_in-50", "e-distort-p-10_10_90_5_80_80_0_60", "e-distort-a-45", "e-bgremove", "cr-red_20_blue",
    "f-png", "f-webp", "f-jpg", "f-gif", "f-auto", "pr-true", "lo-true", "cp-true", "md-true", "orig-true",
    "l-text,i-Hello%20World,fs-20,co-red,pa-5_10,ia-right,tg-b_i,rt-30,l-end",
    "l-text,i-%D8%A7%D9%84%F0%9F%98%80,w-40,ff-Nope,l-end",
    "l-image,i-ik_canvas,bg-00FF0050,w-bw,h-bh_div_3,r-9,ly-N0,l-end",
    "l-image,i-ik_canvas,e-gradient-ld-90_from-red_to-blue,w-30,h-20,l-end",
]  # fmt: skip

parameters = st.one_of(
    st.sampled_from(FLAGS),
    st.builds("{}-{}".format, st.sampled_from(KEYS), st.sampled_from(SIZES)),
    st.builds("{}-{}".format, st.sampled_from(["bg", "co"]), st.sampled_from(COLOURS)),
    st.builds("b-{}_{}".format, st.sampled_from(SIZES), st.sampled_from(COLOURS)),
)
steps = st.lists(parameters, min_size=1, max_size=4).map(",".join)
branches = st.builds(
    "if-{},{},if-else,{},if-end".format, st.sampled_from(["w_gt_100", "iar_lt_1"]), steps, steps
)
transformations = st.lists(st.one_of(steps, branches), min_size=1, max_size=3).map(":".join)

QUIET = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def made(served: Served):
    return {name: served.upload(body, name).json() for name, body in SOURCES.items()}


def check(answer) -> None:
    """An image that decodes, or a refusal; nothing else."""
    assert answer.status_code == 200 or answer.status_code in REFUSALS, answer.text
    if answer.status_code == 200 and "svg" not in answer.headers["content-type"]:
        picture = Image.open(io.BytesIO(answer.content))
        picture.load()
        assert f"image/{picture.format.lower()}" == answer.headers["content-type"]


@QUIET
@given(st.sampled_from(KINDS), transformations, st.sampled_from(["", "image/webp", "image/avif,image/webp"]))
def test_every_transformation_of_imagekits_gives_an_image_or_a_refusal(served, made, kind, text, accept):
    path = f"/ik/default{made[kind]['path']}"
    check(served.client.get(path, params={"tr": text}, headers={"Accept": accept}))


@QUIET
@given(st.sampled_from(KINDS), st.text(max_size=60))
def test_any_text_for_a_transformation_gives_an_image_or_a_refusal(served, made, kind, text):
    text = text.encode("utf-8", "replace").decode()
    check(served.client.get(f"/ik/default{made[kind]['path']}", params={"tr": text}))


NAMES = ["size", "w", "h", "fit", "gravity", "rotate", "format", "quality", "brightness", "contrast", "gamma",
         "saturation", "blur", "sharp", "other"]  # fmt: skip
VALUES = ["s", "social", "1", "20", "300", "99999", "0", "2.5", "-1", "cover", "pad", "contain", "face", "0.1x0.9",
          "90", "webp", "gif", "auto", "100", "nan", ""]  # fmt: skip


@QUIET
@given(
    st.sampled_from(KINDS), st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), max_size=6)
)
def test_img_pro_ignores_what_it_does_not_understand_and_always_sends_an_image(served, made, kind, pairs):
    stem = made[kind]["src"].removeprefix(served.url).rpartition(".")[0]
    answer = served.client.get(f"{stem}.png", params=pairs)
    check(answer)
    assert answer.status_code == 200, answer.text

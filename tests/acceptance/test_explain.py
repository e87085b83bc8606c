"""Explain tells what a delivery URL will answer, and why, before and after it has answered."""

import io
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from served import Served

import pictures


@pytest.fixture(scope="module")
def sources(served):
    bodies = {
        "jpg": pictures.jpeg(900, 700),
        "png": pictures.png(300, 200, alpha=True),
        "gif": pictures.gif(3, 120, 90),
    }
    return {name: served.upload(body, f"a.{name}").json()["src"] for name, body in bodies.items()}


def explained(served: Served, url: str, **parameters: str) -> dict:
    answer = served.client.get("/v1/explain", params={"url": url, **parameters}, headers=served.authorization)
    assert answer.status_code == 200, answer.text
    return answer.json()


PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "w": st.integers(1, 1500),
        "h": st.integers(1, 1500),
        "fit": st.sampled_from(["scale-down", "contain", "cover", "pad", "nonsense"]),
        "size": st.sampled_from(["s", "m", "social"]),
        "rotate": st.sampled_from([0, 90, 180, 270]),
        "blur": st.integers(0, 20),
        "brightness": st.floats(0, 10).map(lambda value: round(value, 2)),
        "format": st.sampled_from(["jpg", "png", "webp", "gif"]),
    },
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(["jpg", "png", "gif"]), parameters=PARAMETERS)
def test_the_plan_predicts_size_format_and_key_of_the_real_answer(served, sources, kind, parameters):
    url = f"{sources[kind]}?{'&'.join(f'{name}={value}' for name, value in parameters.items())}"
    told = explained(served, url)
    answer = served.fetch(url)
    assert answer.status_code == 200, answer.text
    picture = Image.open(io.BytesIO(answer.content))
    plan = told["plan"]
    size = (plan["width"], plan["height"]) if plan["what"] == "variant" else (
        told["asset"]["width"], told["asset"]["height"]
    )  # fmt: skip
    format_ = plan["output"]["format"] if plan["what"] == "variant" else plan["format"]
    assert (picture.size, picture.format.lower()) == (size, format_)
    assert answer.headers["etag"] == f'"{told["key"]}"'


def test_every_word_of_the_url_is_told_with_its_place(served, sources):
    told = explained(served, f"{sources['jpg']}?w=300&colour=red")
    path = sources["jpg"].removeprefix(served.url)
    assert [(word["text"], word["at"], word["ignored"]) for word in told["words"]] == [
        ("w=300", len(path) + 1, False),
        ("colour=red", len(path) + 7, True),
    ]


def test_the_operations_are_told_with_the_size_after_each(served, sources):
    plan = explained(served, f"{sources['jpg']}?w=300&h=300&fit=cover&blur=3")["plan"]
    assert [(each["operation"], each["then"]) for each in plan["operations"]] == [
        ("scale", [386, 300]),
        ("crop", [300, 300]),
        ("blur", [300, 300]),
    ]


def test_the_tier_moves_up_once_the_image_was_asked_for(served, sources):
    url = f"{sources['jpg']}?w=77"
    before = explained(served, url)["tier"]
    served.fetch(url)
    assert (before, explained(served, url)["tier"]) == ("render", "memory")


def test_limits_memory_cost_and_timings_are_told(served, sources):
    told = explained(served, f"{sources['jpg']}?w=300&format=avif")
    assert {limit["name"] for limit in told["plan"]["limits"]} == {
        "result edge", "result pixels", "cost", "AVIF pixels", "new variants today"
    }  # fmt: skip
    assert told["plan"]["memory_bytes"] > 0 < told["plan"]["cost"]
    assert set(told["milliseconds"]) == {"find_and_plan", "look_for_bytes"}


def test_the_days_new_variants_are_told_with_how_many_there_may_be(served):
    path = urlsplit(served.upload(pictures.jpeg(300, 200)).json()["src"]).path
    counts = []
    for width in (11, 12, 12):
        told = explained(served, f"{path}?w={width}")["plan"]["limits"][-1]
        assert (told["name"], told["limit"], told["setting"]) == (
            "new variants today", 200, "CALOTYPE_VARIANT_BUDGET"
        )  # fmt: skip
        counts.append(told["value"])
        served.fetch(f"{path}?w={width}")
    assert counts == [0, 1, 2]


@pytest.mark.parametrize(
    ("url", "status"),
    [("", 422), ("/cdn/nothing", 404), ("https://elsewhere.example/a.jpg", 404), ("/v1/media", 404)],
)
def test_what_is_no_delivery_url_is_not_explained(served, url, status):
    answer = served.client.get("/v1/explain", params={"url": url}, headers=served.authorization)
    assert answer.status_code == status


@pytest.mark.parametrize("spelled", ["{}%2ejpeg?w=30", "{}.jpeg?%77=%330", "{}.jpeg?w=30&#x"])
def test_escapes_are_read_as_the_server_reads_them(served, sources, spelled):
    url = spelled.format(sources["jpg"].removesuffix(".jpeg"))
    told = explained(served, url)
    assert served.fetch(url).headers["etag"] == f'"{told["key"]}"'
    word = told["words"][0]
    assert url.removeprefix(served.url)[word["at"] :].startswith(word["text"])


def test_client_hints_are_heeded(served):
    path = served.upload(pictures.jpeg(900, 700)).json()["path"]
    url, hints = f"/ik/default/tr:w-auto{path}", {"Sec-CH-Width": "333"}
    told = served.client.get("/v1/explain", params={"url": url}, headers={**served.authorization, **hints})
    assert told.json()["plan"]["width"] == 400
    assert served.fetch(url, **hints).headers["etag"] == f'"{told.json()["key"]}"'


def test_what_only_the_owner_may_see_is_explained_with_how_all_others_are_refused(served):
    asset = served.upload(pictures.jpeg(60, 40), public="false").json()
    by_path, by_id = explained(served, f"/ik/default{asset['path']}"), explained(served, asset["src"])
    message = "This image is delivered by signed URLs only."
    assert by_path["refused"] == {"error": "signature_invalid", "message": message}
    assert by_path["refused"]["message"] == served.fetch(f"/ik/default{asset['path']}").json()["message"]
    assert (by_id["refused"], by_id["key"]) == (None, by_path["key"])


def test_strangers_learn_nothing(served, sources):
    anonymous = served.upload(pictures.jpeg(), key=False).json()["src"]
    without = served.client.get("/v1/explain", params={"url": sources["jpg"]})
    of_another = served.client.get("/v1/explain", params={"url": anonymous}, headers=served.authorization)
    assert (without.status_code, of_another.status_code) == (401, 404)


@pytest.mark.parametrize("url", ["http://[", "//[x/a.jpg", "http://\u2100/ik/default/a.jpg"])
def test_what_is_no_url_names_no_image(served, url):
    answer = served.client.get("/v1/explain", params={"url": url}, headers=served.authorization)
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")

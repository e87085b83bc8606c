"""The vendor's own Python package as a client: its helper builds the URLs, a real server answers them."""

import io
import time

import httpx
import pytest
from imagekitio import ImageKit
from PIL import Image
from served import Served

import pictures


class Shop:
    """A site that was written for ImageKit, moved here by changing its endpoint."""

    def __init__(self, served: Served):
        pair = served.json("keys", "create", "--api", "imagekit")
        self.served = served
        self.kit = ImageKit(private_key=pair["private_key"])
        self.endpoint = f"{served.url}/ik/default"

    def add(self, body: bytes, path: str, *options: str) -> None:
        made = self.served.upload(body, path.rpartition("/")[2]).json()
        moved = self.served.client.patch(
            f"/v1/media/{made['id']}", json={"path": path}, headers=self.served.authorization
        )
        assert moved.status_code == 200, moved.text
        if options:
            assert self.served.run("assets", "set", path, *options).returncode == 0

    def url(self, src: str, *transformation: dict, position: str = "query", **more) -> str:
        return self.kit.helper.build_url(
            url_endpoint=self.endpoint, src=src, transformation=list(transformation),
            transformation_position=position, **more,
        )  # fmt: skip

    def get(self, url: str, **headers: str) -> httpx.Response:
        return self.served.client.get(url, headers=headers)


@pytest.fixture(scope="module")
def shop(served):
    shop = Shop(served)
    shop.add(pictures.jpeg(640, 865), "/catalogue/plant pot.jpeg")
    shop.add(pictures.png(200, 100, alpha=True), "/logos/logo.png")
    shop.add(pictures.jpeg(300, 200), "/private/contract.jpg", "--private")
    return shop


def shown(answer: httpx.Response) -> tuple[tuple[int, int], str]:
    assert answer.status_code == 200, (answer.url, answer.text)
    picture = Image.open(io.BytesIO(answer.content))
    picture.load()
    return picture.size, picture.format


PLANT = "/catalogue/plant pot.jpeg"


@pytest.mark.parametrize("position", ["query", "path"])
@pytest.mark.parametrize(
    ("transformation", "expected"),
    [
        ({"width": 300, "height": 200}, ((300, 200), "JPEG")),
        ({"width": 300, "height": 200, "crop": "at_max"}, ((148, 200), "JPEG")),
        ({"width": 300, "height": 200, "crop": "at_least"}, ((300, 405), "JPEG")),
        ({"width": 300, "height": 200, "crop": "force", "format": "webp"}, ((300, 200), "WEBP")),
        ({"width": 300, "height": 200, "crop_mode": "pad_resize", "background": "blurred"}, ((300, 200), "JPEG")),
        ({"width": 400, "aspect_ratio": "4:3"}, ((400, 300), "JPEG")),
        ({"width": 400, "aspect_ratio": "4-3"}, ((400, 300), "JPEG")),
        ({"width": "iw_div_4", "height": "ih_div_2"}, ((160, 432), "JPEG")),
        ({"width": 0.5}, ((320, 432), "JPEG")),
        ({"rotation": 90, "width": 100}, ((135, 100), "JPEG")),
        ({"width": 100, "radius": "max", "format": "png"}, ((100, 135), "PNG")),
        ({"width": 100, "border": "5_FF0000", "format": "avif"}, ((110, 145), "AVIF")),
        ({"width": 100, "grayscale": True, "blur": 3, "quality": 40}, ((100, 135), "JPEG")),
        ({"width": 100, "sharpen": 5, "contrast_stretch": True, "flip": "h_v"}, ((100, 135), "JPEG")),
        ({"width": 200, "overlay": {"type": "text", "text": "Äpfel & Birnen", "transformation": [
            {"font_size": 20, "font_color": "FF0000", "padding": 5, "background": "FFFFFF80"}]}}, ((200, 270), "JPEG")),
        ({"width": 200, "overlay": {"type": "image", "input": "/logos/logo.png", "position": {"x": 10, "y": "N10"},
            "transformation": [{"width": "bw_div_2"}]}}, ((200, 270), "JPEG")),
        ({"width": 200, "overlay": {"type": "solidColor", "color": "00FF0050", "transformation": [
            {"width": 50, "height": 40}]}}, ((200, 270), "JPEG")),
        ({"raw": "if-ar_gt_1,w-200,if-else,w-300,if-end"}, ((300, 405), "JPEG")),
        ({"original": True, "width": 5}, ((640, 865), "JPEG")),
    ],
)  # fmt: skip
def test_a_url_of_the_package_gives_the_documented_size_and_format(shop, position, transformation, expected):
    assert shown(shop.get(shop.url(PLANT, transformation, position=position))) == expected


def test_steps_of_the_package_are_chained(shop):
    url = shop.url(PLANT, {"width": 400, "height": 300}, {"rotation": 90}, {"width": 150})
    assert shown(shop.get(url)) == ((150, 200), "JPEG")


def test_a_signed_url_of_the_package_opens_a_private_image_until_it_expires(shop):
    src = "/private/contract.jpg"
    unsigned = shop.get(shop.url(src, {"width": 100}))
    signed = shop.get(shop.url(src, {"width": 100}, signed=True, expires_in=60))
    assert (unsigned.status_code, shown(signed)) == (401, ((100, 67), "JPEG"))
    assert signed.headers["cache-control"] == "private, no-store"


def test_a_signature_over_a_path_with_diacritics_and_spaces_holds(shop):
    shop.add(pictures.jpeg(60, 40), "/मेरा फोटो/हिन्दी.jpg", "--private")
    url = shop.url("/मेरा फोटो/हिन्दी.jpg", {"width": 30}, position="path", signed=True)
    assert shown(shop.get(url)) == ((30, 20), "JPEG")


def test_a_changed_signature_expiry_or_transformation_is_refused(shop):
    url = shop.url("/private/contract.jpg", {"width": 100}, signed=True, expires_in=60)
    later = url.replace("ik-t=", "ik-t=9")
    larger = url.replace("w-100", "w-200")
    assert [shop.get(each).status_code for each in (later, larger, url[:-1])] == [401, 401, 401]


def test_a_signature_that_is_over_is_refused(shop):
    url = shop.url(PLANT, signed=True, expires_in=1)
    assert shop.get(url).status_code == 200
    time.sleep(2)
    assert shop.get(url).status_code == 401


def test_restrictions_hold_from_the_next_request_on(shop):
    url = shop.url(PLANT, {"width": 123})
    assert shop.get(url).status_code == 200
    shop.served.run("workspaces", "set", "default", "restrict_unsigned=on")
    refused, signed = shop.get(url), shop.get(shop.url(PLANT, {"width": 123}, signed=True))
    shop.served.run("workspaces", "set", "default", "restrict_unsigned=off")
    assert (refused.status_code, signed.status_code, shop.get(url).status_code) == (401, 200, 200)


def test_a_named_transformation_is_made_by_command_and_called_by_the_package(shop):
    shop.served.run("transformations", "add", "thumb", "w-80,h-60")
    assert shown(shop.get(shop.url(PLANT, {"named": "thumb"}))) == ((80, 60), "JPEG")


def test_a_negotiated_format_follows_the_client(shop):
    url = shop.url(PLANT, {"width": 64, "format": "auto"})
    answers = [shop.get(url, Accept=accept) for accept in ("image/webp,*/*", "*/*", "image/webp;q=0")]
    assert [shown(answer)[1] for answer in answers] == ["WEBP", "JPEG", "JPEG"]
    assert {answer.headers["vary"] for answer in answers} == {"Accept"}

"""Pictures whose pixels are known, and ways for tests to have IMG Processing make others of them."""

from __future__ import annotations

import io

from PIL import Image

from processing_people import Sender

RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)


def saved(picture: Image.Image, format_: str = "PNG", **options: object) -> bytes:
    """Encode *picture*."""
    out = io.BytesIO()
    picture.save(out, format_, **options)
    return out.getvalue()


def flat(width: int, height: int, colour: tuple[int, ...], mode: str = "RGB") -> bytes:
    """One colour."""
    return saved(Image.new(mode, (width, height), colour))


def quarters(width: int = 40, height: int = 20, format_: str = "PNG", **options: object) -> bytes:
    """Red and green above, blue and white below."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    picture.paste(WHITE, (width // 2, height // 2, width, height))
    return saved(picture, format_, **options)


async def made(sender: Sender, data: bytes, path: str, **members: object) -> dict[str, object]:
    """Transform an image of *data*, and answer the Image object of what came out."""
    source = await sender.uploaded(data)
    response = await sender.post(f"/{source['id']}/{path}", **members)
    assert response.status_code == 201, response.text
    return response.json()


async def downloaded(sender: Sender, image: dict[str, object]) -> Image.Image:
    """Download an image, and open it."""
    response = await sender.get(f"/{image['id']}/download")
    assert response.status_code == 200, response.text
    return Image.open(io.BytesIO(response.content))


async def pixels(sender: Sender, data: bytes, path: str, **members: object) -> Image.Image:
    """Transform an image of *data*, and give what came out."""
    picture = await downloaded(sender, await made(sender, data, path, **members))
    picture.load()
    return picture


def corners(picture: Image.Image) -> list[tuple[int, ...]]:
    """Top left, top right, bottom left, bottom right."""
    right, bottom = picture.width - 1, picture.height - 1
    return [picture.getpixel(at) for at in ((0, 0), (right, 0), (0, bottom), (right, bottom))]


def sides(image: dict[str, object]) -> tuple[int, int]:
    """Width and height, as they are told."""
    return image["width"], image["height"]


async def refused(sender: Sender, data: bytes, path: str, **members: object) -> list[str]:
    """Have a transform refused, and give the reasons."""
    source = await sender.uploaded(data)
    response = await sender.post(f"/{source['id']}/{path}", **members)
    assert response.status_code == 422, response.text
    return response.json()["errors"]

"""Pictures that are meant to hurt whoever decodes them (rows D and S), sent to a real server."""

import io

import httpx
import psutil
import pytest
from crowds import counted, stem
from PIL import Image
from served import Served

import pictures

DELEGATES = {
    **pictures.NOT_PICTURES,
    "msl": b'<?xml version="1.0"?><image><read filename="/etc/passwd"/><write filename="/tmp/x"/></image>',
    "postscript in a jpeg's clothes": b"%!PS\n(%pipe%id) (r) file\n",
    "xbm": b"#define x_width 9\n#define x_height 9\nstatic char x_bits[] = {0};\n",
    "film": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(64),
    "php": b"<?php system($_GET['c']); ?>",
    "zip": b"PK\3\4" + bytes(64),
    "executable": b"\x7fELF\2\1\1" + bytes(64),
    "eicar": b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
}


@pytest.mark.parametrize("name", ["a.jpg", "a.svg", "a.mvg"])
@pytest.mark.parametrize("what", DELEGATES)
def test_what_other_programs_would_run_or_open_is_no_image_whatever_its_name(served, what, name):
    answer = served.upload(DELEGATES[what], name)
    assert (answer.status_code, answer.json()["error"]) == (415, "unsupported_media_type")


def test_no_upload_starts_a_program(served):
    def programs():
        return {each.pid for each in psutil.Process(served.process.pid).children(recursive=True)}

    before = programs()
    for body in DELEGATES.values():
        served.upload(body)
    assert programs() == before


@pytest.mark.parametrize(
    "flood",
    [
        pictures.png_declaring(65_536, 65_536),  # 2**32 pixels: the product is zero in 32 bits
        pictures.png_declaring(65_537, 65_537),
        pictures.jpeg_declaring(65_500, 65_500),
        pictures.avif_declaring(17_000, 17_000),
        pictures.heic_declaring(17_000, 17_000) or pictures.avif_declaring(17_001, 17_000),
        pictures.bmp_declaring(60_000, 60_000),
    ],
    ids=["png 32 bits", "png", "jpeg", "avif", "heic", "bmp"],
)
def test_a_declared_flood_is_refused_and_takes_no_memory(served, flood):
    before = _memory(served)
    answer = served.upload(flood)
    assert (answer.status_code, answer.json()["error"]) == (422, "image_too_many_pixels")
    assert _memory(served) - before < 64 * 2**20  # one plane of the smallest of them would be 289 MB


def _memory(served) -> int:
    family = psutil.Process(served.process.pid)
    return sum(each.memory_info().rss for each in (family, *family.children(recursive=True)))


def _large(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).save(out, "JPEG", quality=90)
    return out.getvalue()


def test_a_large_but_honest_picture_needs_the_operators_word(tmp_path):
    picture = _large(9000, 7000)
    with Served(tmp_path / _made(tmp_path, "strict")) as server:
        answer = server.upload(picture)
        assert (answer.status_code, answer.json()["error"]) == (422, "image_too_many_pixels")
        assert "CALOTYPE_MAX_PIXELS" in answer.json()["message"]
    with Served(tmp_path / _made(tmp_path, "generous"), max_pixels=100_000_000, render_slots=1) as server:
        made = server.upload(picture).json()
        assert (made["width"], made["height"]) == (9000, 7000)
        assert _size(server.fetch(f"{stem(made)}.webp?w=90")) == (90, 70)


def _made(folder, name) -> str:
    (folder / name).mkdir()
    return name


def _size(answer: httpx.Response) -> tuple[int, int]:
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content)).size


@pytest.mark.parametrize(
    ("size", "result"), [((1, 1), (1, 1)), ((1, 5000), (1, 100)), ((5000, 1), (100, 1)), ((2, 2), (2, 2))]
)
@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "avif", "gif"])
def test_no_side_of_a_thin_picture_becomes_nothing(served, size, result, extension):
    made = served.upload(pictures.png(*size)).json()
    assert (made["width"], made["height"]) == size
    assert _size(served.fetch(f"{stem(made)}.{extension}?w=100&h=100&fit=scale-down")) == result


def test_an_animation_within_the_budget_moves_and_beyond_it_a_poster_says_so(served):
    """The budget is of frames times pixels of the result: 60 frames of 1,400x1,400 are 118 MP."""
    made = served.upload(_film(60, 700)).json()
    whole = served.fetch(f"{stem(made)}.webp?w=100")
    poster = served.fetch(f"{stem(made)}.webp?w=1400&fit=contain")
    assert [_frames(whole), _frames(poster)] == [60, 1]
    assert "x-calotype-notes" not in whole.headers
    assert poster.headers["x-calotype-notes"] == "poster; 60 frames are over 100 MP"


def _film(frames: int, side: int) -> bytes:
    pages = [Image.new("P", (side, side), number * 97 % 256) for number in range(frames)]
    for page in pages:
        page.putpalette([value for grey in range(256) for value in (grey, grey, grey)])
    return pictures._saved(pages[0], "GIF", save_all=True, append_images=pages[1:], duration=50, loop=0)


def _frames(answer: httpx.Response) -> int:
    return Image.open(io.BytesIO(answer.content)).n_frames


@pytest.mark.parametrize("kind", ["PNG", "AVIF"])
def test_of_a_moving_png_or_avif_the_first_frame_is_shown(served, kind):
    pages = [Image.new("RGB", (64, 48), colour) for colour in ("#ff0000", "#0000ff")]
    made = served.upload(pictures._saved(pages[0], kind, save_all=True, append_images=pages[1:])).json()
    answer = served.fetch(f"{stem(made)}.png?w=32")
    red, _, blue = Image.open(io.BytesIO(answer.content)).convert("RGB").getpixel((5, 5))
    assert (_frames(answer), red > 200, blue < 50) == (1, True, True)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_whatever_way_it_was_held_a_photograph_is_upright(served, orientation):
    picture = pictures.jpeg(300, 200, orientation=orientation)
    made = served.upload(picture).json()
    upright = (300, 200) if orientation < 5 else (200, 300)
    answer = served.fetch(f"{stem(made)}.jpg?w=90&h=90")
    assert (made["width"], made["height"]) == upright
    assert _size(answer) == ((90, 60) if orientation < 5 else (60, 90))
    assert Image.open(io.BytesIO(answer.content)).getexif().get(0x0112, 1) == 1


HOSTILE_SVG = pictures.svg(
    '<script>alert("calotype-payload")</script>'
    '<rect width="9" height="9" onload="alert(\'calotype-payload\')"/>'
    '<a href="javascript:alert(\'calotype-payload\')"><text y="20">x</text></a>'
    '<foreignObject><iframe src="//calotype-payload.example"/></foreignObject>'
    '<animate attributeName="href" values="javascript:calotype-payload"/>'
    '<image href="http://calotype-payload.example/a.png" width="9" height="9"/>'
    '<style>@import url("http://calotype-payload.example/a.css");</style>'
)


def test_nothing_that_runs_or_fetches_is_left_of_a_drawing_and_its_answer_forbids_it_too(served):
    made = served.upload(HOSTILE_SVG, "a.svg").json()
    answer = served.fetch(f"{stem(made)}.svg")
    assert answer.status_code == 200
    assert b"calotype-payload" not in answer.content
    policy = answer.headers["content-security-policy"]
    assert ("sandbox" in policy, "default-src 'none'" in policy) == (True, True)
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_drawing_that_is_hidden_under_another_name_is_a_drawing(served):
    made = served.upload(pictures.svg_called_webp(), "photo.webp").json()
    answer = served.fetch(f"{stem(made)}.svg")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert b"script" not in answer.content


def test_a_drawing_of_a_giant_is_drawn_small(served):
    made = served.upload(
        pictures.svg(attributes='width="1000000" height="800000" viewBox="0 0 100 80"'), "a.svg"
    )
    assert _size(served.fetch(f"{stem(made.json())}.png?w=200")) == (200, 160)


def test_a_text_bomb_is_taken_in_without_being_inflated(served):
    before = _memory(served)
    made = served.upload(pictures.png_zip_text_bomb(64), "bomb.png").json()
    assert (made["width"], made["height"]) == (1, 1)
    assert _size(served.fetch(f"{stem(made)}.webp?w=1")) == (1, 1)
    assert _memory(served) - before < 150 * 2**20  # three bombs of 64 MB


def test_a_drawing_that_takes_for_ever_when_it_is_enlarged_is_not_enlarged_again(tmp_path):
    blurs = '<feGaussianBlur stdDeviation="9"/>' * 20
    drawing = pictures.svg(f'<filter id="f">{blurs}</filter><rect width="90" height="70" filter="url(#f)"/>')
    with Served(tmp_path, render_timeout_s=3, disk_cache_bytes=0, memory_cache_bytes=0) as served:
        at = stem(served.upload(drawing, "a.svg").json())
        answers = [served.fetch(f"{at}.png?w={width}&fit=cover") for width in (4000, 4001, 4002)]
        codes = [(answer.status_code, answer.text.partition(":")[0]) for answer in answers]
        assert codes == [(422, "image_too_complex")] * 2 + [(422, "image_quarantined")]
        assert _size(served.fetch(f"{at}.png?w=90")) == (90, 72)
        assert counted(served, 'calotype_worker_deaths_total{reason="timeout"}') == 2

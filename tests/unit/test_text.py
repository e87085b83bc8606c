"""Text: its ink, lines, padding and limits; and the families that are here."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import ImageFont

from calotype.engine import fonts, text
from calotype.errors import Invalid
from calotype.operations.base import Scene, Size
from calotype.operations.colours import Colour
from calotype.operations.layer import Layer, TextSource
from calotype.operations.text_style import DEFAULT, FAMILIES, FONT_SET, drawn_as, fallback

RED = Colour.from_hex("FF0000")


def drawn(words: str = "Calotype", **fields) -> np.ndarray:
    return text.draw(TextSource(text=words, **fields).resolve(Size(400, 300))).numpy()


def size(*words, **fields) -> tuple[int, int]:
    return drawn(*words, **fields).shape[1::-1]


def lines(pixels: np.ndarray) -> list[tuple[int, int]]:
    """First and last row of each run of rows with ink."""
    inked = np.flatnonzero((pixels[..., 3] > 0).any(axis=1))
    runs = np.split(inked, np.flatnonzero(np.diff(inked) > 1) + 1)
    return [(int(run[0]), int(run[-1])) for run in runs]


def test_text_has_its_colour_and_no_background():
    pixels = drawn(colour=RED)
    assert pixels.shape[2] == 4
    assert (pixels[..., :3] == [255, 0, 0]).all()
    assert pixels[..., 3].min() == 0
    assert pixels[..., 3].max() == 255


def test_a_transparent_colour_makes_transparent_ink():
    half = drawn("I", size=100, colour=RED.model_copy(update={"opacity": 0.5}))
    assert half[..., 3].max() == 128


def test_space_around_the_ink_is_cut_off():
    alpha = drawn("  HI  ", size=100)[..., 3]
    assert all(edge.max() > 0 for edge in (alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]))


def test_the_size_is_in_pixels():
    height = size("H", size=100)[1]
    assert 70 <= height <= 72  # Roboto's capitals are 0.711 of its size


def test_padding_lies_around_the_ink_in_the_order_of_css():
    width, height = size("HI", size=50)
    padded = drawn("HI", size=50, padding=(1, 20, 3, 40), background=RED)
    assert padded.shape[:2] == (height + 4, width + 60)
    assert (padded[:, :40] == [255, 0, 0, 255]).all()
    assert (padded[:, -20:] == [255, 0, 0, 255]).all()
    assert (padded[:, 40] != [255, 0, 0, 255]).any()


def test_a_width_wraps_between_words():
    assert len(lines(drawn("HI HI HI HI", size=40, width=100))) == 2


def test_a_long_word_wraps_anywhere():
    assert size("H" * 50, size=40, width=100)[0] <= 100


def test_lines_are_as_far_apart_as_asked():
    tops = [top for top, _ in lines(drawn("HI\nHI\nHI", size=40, line_height=70))]
    assert np.diff(tops).tolist() == [70, 70]


@pytest.mark.parametrize(("align", "at"), [("left", "start"), ("center", "middle"), ("right", "end")])
def test_shorter_lines_lie_where_they_are_aligned(align, at):
    pixels = drawn("HHHHHHHH\nI", size=40, align=align)
    columns = np.flatnonzero((pixels[-10:, :, 3] > 0).any(axis=0))
    share = columns.mean() / pixels.shape[1]
    assert {"start": share < 0.1, "middle": 0.45 < share < 0.55, "end": share > 0.9}[at]


def test_markup_is_text():
    assert size("<b>bold</b> & &amp;")[0] > size("bold & &")[0] + 100


def test_broken_markup_is_text_too():
    assert drawn("</span><x a='", strikethrough=True)[..., 3].max() == 255


def test_bold_is_heavier():
    assert drawn(bold=True)[..., 3].mean() > drawn()[..., 3].mean() * 1.1


def test_italic_is_another_drawing():
    assert drawn("HHH", italic=True).shape != drawn("HHH").shape


def test_strikethrough_draws_a_line_through_the_middle():
    row = drawn("I      I", size=60, strikethrough=True)[..., 3]
    assert (row[len(row) // 3 :].max(axis=0) > 100).all()


def test_families_differ():
    assert (
        len(
            {
                drawn("Quick fox", family=family).tobytes()
                for family in FAMILIES - {"Noto Sans Arabic", "Noto Sans Hebrew"}
            }
        )
        == 14
    )


SCRIPTS = {
    "Polish": "Zażółć gęślą jaźń",
    "Greek": "Ωμέγα",
    "Cyrillic": "Жук",
    "Hebrew": "שלום",
    "Arabic": "سلام",
    "Thai": "สวัสดี",
}


def _is_here(letter: str) -> bool:
    """Whether a font has a glyph for *letter*: another drawing than for what is no character."""
    faces = [ImageFont.truetype(str(file), 40) for file in fonts.FOLDER.glob("*-Regular.ttf")]
    return any(bytes(face.getmask(letter)) != bytes(face.getmask("\U0010ffff")) for face in faces)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_is_here_with_all_its_letters(script):
    assert all(_is_here(letter) for letter in SCRIPTS[script])
    assert drawn(SCRIPTS[script])[..., 3].max() == 255


def test_chinese_is_not_here():
    assert not _is_here("你")


@pytest.mark.parametrize(
    "words", ["😀👩‍👩‍👧", "你好世界", "\u202eabc", "\u200b", "\t", "a\x00b", "\ud800", "e" + "\u0301" * 300]
)
def test_no_text_breaks_the_drawing(words):
    [*drawings] = (
        text.draw(layer.source) for layer in Layer(source=TextSource(text=words)).resolve(Scene.of(400, 300))
    )
    assert all(drawing.bands == 4 and drawing.width > 0 for drawing in drawings)


def test_blank_text_is_no_layer():
    assert Layer(source=TextSource(text=" \n ")).resolve(Scene.of(400, 300)) == ()


def test_text_is_cut_off_after_2000_characters():
    assert len(TextSource(text="x" * 3000).text) == 2000


@pytest.mark.parametrize("fields", [{"size": 16_000}, {"size": 300, "width": 16_000}, {"size": 30}])
def test_a_text_that_takes_too_many_pixels_is_refused(fields):
    with pytest.raises(Invalid, match="at most 16383 a side"):
        drawn("x" * 2000, **fields)


@pytest.mark.parametrize("words", ["a" + "\n" * 1990 + "b", "a" + "\t" * 1990 + "b"])
def test_ink_that_is_far_apart_is_refused(words):
    with pytest.raises(Invalid, match="the text takes"):
        drawn(words, size=40)


def test_padding_counts_towards_the_limit():
    with pytest.raises(Invalid, match="at most 16383 a side"):
        drawn("x", padding=(0, 16_000, 0, 16_000))


def test_the_font_files_are_those_that_the_key_names():
    assert fonts.digest() == FONT_SET


def test_every_family_that_can_be_named_has_a_file():
    stems = {file.stem.partition("-")[0] for file in fonts.FOLDER.glob("*.ttf")}
    assert stems == {family.replace(" ", "") for family in FAMILIES}


@pytest.mark.parametrize(
    ("asked", "drawn", "instead"),
    [
        ("Roboto", "Roboto", None),
        ("open sans", "Open Sans", None),
        ("AbrilFatFace", "Abril Fatface", None),
        ("PT_Serif", "Crimson Text", "Crimson Text"),
        ("Times New Roman", "Crimson Text", "Crimson Text"),
        ("Courier", "PT Mono", "PT Mono"),
        ("Arial", "Roboto", "Roboto"),
        ("Comic Sans, 900px", DEFAULT, DEFAULT),
        ("", DEFAULT, DEFAULT),
    ],
)
def test_a_family_that_is_not_here_is_drawn_as_another(asked, drawn, instead):
    assert (drawn_as(asked), fallback(asked)) == (drawn, instead)


def test_the_system_s_fonts_are_not_used():
    code = (
        "from calotype.engine import text; from calotype.operations.layer import TextSource;"
        "from calotype.operations.base import Size; import hashlib;"
        "s = TextSource(text='日本 Calotype').resolve(Size(9, 9));"
        "print(hashlib.sha256(text.draw(s).write_to_memory()).hexdigest())"
    )
    runs = {
        subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True).stdout
        for env in ({"HOME": "/nonexistent"}, {"FONTCONFIG_FILE": "/etc/fonts/fonts.conf", "HOME": "/root"})
    }
    assert len(runs) == 1

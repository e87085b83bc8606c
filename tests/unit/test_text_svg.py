"""Text in SVGs is drawn with the fonts that come with the package."""

import pytest

from calotype.engine import fonts, svg


def drawn(family: str, before: str = "", attributes: str = "") -> bytes:
    markup = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40">{before}'
        f'<text x="4" y="30" font-size="24" font-family="{family}" {attributes}>Calotype</text></svg>'
    )
    return svg.rasterise(markup.encode(), 120, 40).numpy().tobytes()


def test_text_is_drawn():
    assert max(drawn("Roboto")) == 255


@pytest.mark.parametrize(
    ("asked", "family"),
    [
        ("Arial", "Roboto"),
        ("'Helvetica Neue', sans-serif", "Roboto"),
        ("Georgia", "Crimson Text"),
        ("serif", "Crimson Text"),
        ("monospace", "PT Mono"),
        ("Nowhere, 'Open Sans'", "Open Sans"),
        ("Nowhere", "Crimson Text"),
    ],
)
def test_a_family_that_is_not_here_is_drawn_as_another(asked, family):
    assert drawn(asked) == drawn(family)


def test_families_are_told_apart():
    assert len({drawn(family) for family in ("Roboto", "Crimson Text", "PT Mono", "Lato")}) == 4


def test_a_family_in_a_style_is_found_too():
    assert drawn("Lato", attributes='style="font-family: Arial"') == drawn("Roboto")
    assert drawn("Lato", before="<style>text{font-family:Arial}</style>") == drawn("Roboto")


def test_without_text_no_font_is_loaded():
    assert fonts.for_resvg("<svg><rect/></svg>") == {"skip_system_fonts": True}

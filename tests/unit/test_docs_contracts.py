"""Whatever a comment cites of a vendor's contract, docs/contracts.md says what it is about."""

import re
from pathlib import Path

import pytest

import calotype

ROOT = Path(calotype.__file__).parent
TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "contracts.md").read_text()
FILES = sorted(ROOT.rglob("*.py"))
DIALECTS = {"imgpro": "img.pro", "imagekit": "ImageKit", "imgprocessing": "IMG Processing"}

CITED = re.compile(r"\((?:(?P<api>img\.pro|ImageKit|IMG Processing) )?contract, (?P<places>[^)]+)\)")
LOOSE = re.compile(r"[Cc]ontract\b[^.\n]{0,15}\d")
"""A number near the word: a citation, in this form or another one."""


def text_of(file: Path) -> str:
    """Read *file* with what goes on in the next line, as comment or docstring, on one line."""
    return re.sub(r"\s*\n\s*(?:# )?", " ", file.read_text())


def places(text: str) -> list[str]:
    """Name each place: `3.4 to 3.6 and gap 9` are 3.4, 3.5, 3.6 and gap 9."""
    found = []
    for part in re.split(r", | and ", text):
        first, _, last = part.partition(" to ")
        chapter, _, number = first.rpartition(".")
        through = int(last.rpartition(".")[2]) if last else 0
        found += [f"{chapter}.{each}" for each in range(int(number), through + 1)] if last else [first]
    return found


def citations() -> list[tuple[str, str, str]]:
    """List the file, the API and the place of each citation."""
    found = []
    for file in FILES:
        name = file.relative_to(ROOT)
        own = DIALECTS.get(name.parts[1]) if name.parts[0] == "dialects" else None
        for cited in CITED.finditer(text_of(file)):
            found += [(str(name), cited["api"] or own, place) for place in places(cited["places"])]
    return found


def explained(api: str) -> set[str]:
    """Read the places that the page explains of *api*."""
    chapter = PAGE.split(f"\n## {api}\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| ((?:gap )?[\d.]+) \|", chapter, re.MULTILINE))


def test_places_are_read_one_by_one():
    assert places("3.3, 3.13, 3.15 to 3.17") == ["3.3", "3.13", "3.15", "3.16", "3.17"]
    assert places("1.5 and gap 9") == ["1.5", "gap 9"]


@pytest.mark.parametrize("api", DIALECTS.values())
def test_every_place_that_the_code_cites_is_explained(api):
    cited = {place for _, whose, place in citations() if whose == api}
    assert len(cited) >= 10
    assert cited - explained(api) == set()


def test_outside_of_the_dialects_a_citation_names_its_api():
    assert [file for file, api, _ in citations() if api is None] == []


def test_a_contract_is_cited_in_one_form():
    loose = {str(file.relative_to(ROOT)): LOOSE.findall(CITED.sub("", text_of(file))) for file in FILES}
    assert {name: found for name, found in loose.items() if found} == {}


@pytest.mark.parametrize(("file", "name"), sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE))))
def test_every_test_that_the_page_names_exists(file, name):
    assert re.search(rf"^(async )?def {name}\(", (TESTS / file).read_text(), re.MULTILINE)

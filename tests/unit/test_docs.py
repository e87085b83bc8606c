"""The documentation cannot drift: what is declared is documented, and links lead somewhere."""

import importlib.util
import re
from pathlib import Path

import pytest
from typer.main import get_command

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def generator():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATED = ("settings.md", "errors.md", *(f"reference/{name}.md" for name in (
    "operations", "img-pro-urls", "imagekit-urls", "limits", "headers", "explain",
)))  # fmt: skip


def test_every_generated_page_is_tested():
    assert sorted(generator().PAGES) == sorted(GENERATED)


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_page_is_up_to_date(name):
    written = (ROOT / "docs" / name).read_text()
    assert written == generator().PAGES[name](), f"run: python docs/generate.py (docs/{name} is out of date)"


def test_every_setting_says_what_it_means():
    from calotype.settings import Settings

    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_command_is_in_the_documentation_and_teaches_itself():
    from calotype.cli import app

    text = (ROOT / "docs" / "commands.md").read_text()
    for name, command in _commands(get_command(app)):
        assert command.help, name
        assert f"`calotype {name}`" in text, f"docs/commands.md does not name `calotype {name}`"


def _commands(group, prefix=""):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page):
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_decision_is_cited_by_the_code_that_follows_it():
    """All but the first, which says so."""
    sources = "\n".join(file.read_text() for file in ROOT.glob("src/calotype/**/*.py"))
    cited = {
        number
        for found in re.findall(r"docs/adr/(\d{4}(?:, \d{4})*)", sources)
        for number in found.split(", ")
    }
    decided = {page.name[:4] for page in ROOT.glob("docs/adr/0*.md")}
    assert (decided - cited, cited - decided) == ({"0001"}, set())

"""The table of attacks names tests that exist, and leaves no row without an answer."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "security.md").read_text()
ROWS = {row[1]: row[0] for row in re.finditer(r"^\| ([A-Z]\d+) \|.*$", PAGE, re.MULTILINE)}
NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)


@cache
def names_in(file: str) -> set[str]:
    tree = ast.parse((TESTS / file).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED)))
def test_every_test_that_the_table_names_exists(file, name):
    assert name.startswith("test_")
    assert name in names_in(file)


def test_no_attack_is_without_a_row():
    counts = {"D": 17, "S": 8, "P": 4, "N": 9, "H": 12, "A": 10, "V": 5, "L": 8, "I": 10}
    assert list(ROWS) == [f"{letter}{n}" for letter, last in counts.items() for n in range(1, last + 1)]


@pytest.mark.parametrize("row", ROWS)
def test_every_row_names_a_test(row):
    assert re.search(r"`[\w/]+\.py::test_\w+`", ROWS[row])

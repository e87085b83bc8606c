"""What a command shows: JSON, tables, and what went wrong, in one line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from tomllib import TOMLDecodeError
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from calotype.errors import CalotypeError

console = Console(highlight=False)
complaints = Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
"""The option of every command that shows something."""

_UNFOLDED = 10_000  # columns
_SECRET_SETTING = re.compile("SECRET|KEY|(?:DATABASE|BLOB|SMTP|RATE_LIMIT)_URL")


@contextmanager
def explained() -> Iterator[None]:
    """Run the block; what can be foreseen ends in one clear line and status 1, not in a traceback."""
    try:
        yield
    except CalotypeError as error:  # its `fix` is for callers of the API, who hold no command line
        complain("Error", error.message)
        raise SystemExit(1) from None
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            # What was given for a secret, or in a URL with a password, is not for a screen or a log; and where
            # settings contradict each other, no one of them was given, but all.
            given = "" if not name or _SECRET_SETTING.search(name) else f" (got {problem['input']!r})"
            reason = problem["msg"].removeprefix("Value error, ")
            complain(f"CALOTYPE_{name}" if name else "Settings", f"{reason}{given}")
        raise SystemExit(1) from None
    except SettingsError as error:  # a variable that holds more than one value is JSON
        named = re.findall(r'field "(\w+)"', str(error))
        complain("_".join(["CALOTYPE", *named]).upper(), "Input should be JSON")
        raise SystemExit(1) from None
    except (TOMLDecodeError, UnicodeDecodeError) as error:
        complain("calotype.toml", str(error))
        raise SystemExit(1) from None
    except OSError as error:  # a folder that is closed to us, a full disk: the system says it best
        complain("Error", f"{error.strerror}: {error.filename}" if error.filename else str(error))
        raise SystemExit(1) from None


def complain(about: str, words: str) -> None:
    """Print one line; *words* may quote what was typed, which is no markup."""
    complaints.print(f"[bold red]{escape(about)}:[/] {escape(words)}", soft_wrap=True)


def say(words: str) -> None:
    """Print one line, which may quote what was typed."""
    console.print(escape(words), soft_wrap=True)


def print_json(value: object) -> None:
    """Print *value* for a script."""
    typer.echo(json.dumps(value, indent=2))


def print_table(columns: tuple[str, ...], rows: Sequence[dict[str, Any]]) -> None:
    """Print *columns* of *rows*."""
    table = Table(*(column.replace("_", " ") for column in columns), box=None)
    for row in rows:
        table.add_row(*(escape(_cell(row[column])) for column in columns))
    # A table that is read by another program is not folded: there is no screen that it would have to fit.
    target = console if console.is_terminal else Console(highlight=False, width=_UNFOLDED)
    target.print(table)


def print_fields(fields: dict[str, Any]) -> None:
    """Print one thing, a line for each of its fields that is not empty."""
    print_table(("field", "value"), [
        {"field": name.replace("_", " "), "value": value}
        for name, value in fields.items() if value not in (None, [], {})
    ])  # fmt: skip


def iso(moment: datetime | None) -> str | None:
    """Spell a time."""
    return None if moment is None else moment.isoformat(timespec="seconds")


def _cell(value: object) -> str:
    return (
        ", ".join(str(each) for each in value)
        if isinstance(value, list)
        else ""
        if value is None
        else str(value)
    )

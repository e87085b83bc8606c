"""Write the generated pages of the reference: `python docs/generate.py`. A test fails when they are out of date."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from calotype import errors
from calotype.dialects.imgpro.errors import STATUSES
from calotype.settings import Settings

HERE = Path(__file__).parent
sys.path.append(str(HERE))  # the pages' own modules lie beside this script

import operations_page  # noqa: E402 - found by the line above

_NOTE = "<!-- Written by docs/generate.py from the declarations; do not edit. -->\n\n"

_ABOUT_SETTINGS = """\
Each is an environment variable, or a line of `calotype.toml` in the working directory with the name in lower
case and without `CALOTYPE_`. A variable beats the file. `_BYTES` are bytes, `_S` are seconds.
"""
_ABOUT_ERRORS = """\
Every error has a stable `error` code and a `message`; bad input is named field by field in `errors`. Each answer
carries an `x-request-id`, which finds it in the server's log.
"""


def settings_page() -> str:
    """Describe every setting: variable, default, meaning."""
    lines = [
        f"{_NOTE}# Settings\n",
        _ABOUT_SETTINGS,
        "| variable | default | meaning |",
        "| --- | --- | --- |",
    ]
    for name, field in Settings.model_fields.items():
        default = f"`{field.default}`" if str(field.default) else ""
        lines.append(f"| `CALOTYPE_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def errors_page() -> str:
    """Describe every error: code, status, cause, what to do."""
    lines = [
        f"{_NOTE}# Errors\n",
        _ABOUT_ERRORS,
        "| code | status | cause | what to do |",
        "| --- | --- | --- | --- |",
    ]
    for kind in sorted(set(_leaves(errors.CalotypeError)), key=lambda each: (STATUSES[each.code], each.code)):
        cause = (kind.__doc__ or "").splitlines()[0]
        lines.append(f"| `{kind.code}` | {STATUSES[kind.code]} | {cause} | {kind.fix} |")
    return "\n".join(lines) + "\n"


def _leaves(kind: type[errors.CalotypeError]) -> Iterator[type[errors.CalotypeError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _leaves(child)


PAGES = {
    "settings.md": settings_page,
    "errors.md": errors_page,
    "reference/operations.md": lambda: operations_page.operations_page(_NOTE),
}


def main() -> None:
    """Write all pages, and the pictures on them."""
    for name, page in PAGES.items():
        (HERE / name).parent.mkdir(exist_ok=True)
        (HERE / name).write_text(page())
        sys.stdout.write(f"docs/{name}\n")
    operations_page.write_pictures()


if __name__ == "__main__":
    main()

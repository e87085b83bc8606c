"""Write the generated pages of the reference: `python docs/generate.py`. A test fails when they are out of date."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from calotype.dialects.imagekit.errors import MARKS
from calotype.dialects.imagekit.errors import STATUSES as IMAGEKIT
from calotype.dialects.imgpro.reference.errors_told import BEYOND, every_error
from calotype.settings import Settings

HERE = Path(__file__).parent
sys.path.append(str(HERE))  # the pages' own modules lie beside this script

# ruff: noqa: E402 - found by the line above
import explain_page
import headers_page
import imagekit_page
import imgpro_page
import limits_page
import operations_page

_NOTE = "<!-- Written by docs/generate.py from the declarations; do not edit. -->\n\n"

_ABOUT_SETTINGS = """\
Each is an environment variable, or a line of `calotype.toml` in the working directory with the name in lower
case and without `CALOTYPE_`. A variable beats the file. `_BYTES` are bytes, `_S` are seconds.
"""
_ABOUT_ERRORS = """\
Every error has a stable code, and a message. Each answer carries an `x-request-id`, which finds it in the server's log.

img.pro's API answers `{"error": code, "message": …}`, and names bad input field by field in `errors`; its delivery says
the same in a line of text. Below `/v1/images` it is an object, `{"error": {"type": …, "code": …, "message": …}}`,
with bad input in its `details`. Where something can be done about it, `action` says what: to `wait` some seconds, or a
link. Each server tells the same at `/api/errors`.

ImageKit's delivery answers `{"message": …, "help": …}`, and for some errors begins the header `ik-error` with a word of
its own. No error is ever an image, and none may be cached.

What cannot be read as a request, or is too long for one, is refused before it has a route: `uri_too_long` and
`headers_too_large` have one status for every API. IMG Processing's statuses and titles are in [its own
reference](reference.md).
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
        lines.append(f"| `CALOTYPE_{name.upper()}` | {_default(field.default)} | {field.description} |")
    return "\n".join(lines) + "\n"


def _default(value: object) -> str:
    """Spell a default as a variable takes it; nothing where there is none."""
    if value is None or value == "":
        return ""
    return f"`{value if isinstance(value, str | Path) else json.dumps(value)}`"


def errors_page() -> str:
    """Describe every error: code, status, cause, what to do."""
    lines = [
        f"{_NOTE}# Errors\n",
        _ABOUT_ERRORS,
        "| code | img.pro | type | ImageKit | `ik-error` | action | cause | what to do |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for each in every_error():
        mark = f"`{MARKS[each.code]}`" if each.code in MARKS else ""
        imagekit = each.status if each in BEYOND else IMAGEKIT[each.code]
        lines.append(
            f"| `{each.code}` | {each.status} | `{each.type}` | {imagekit} | {mark} | {each.action} "
            f"| {each.cause} | {each.fix} |"
        )
    return "\n".join(lines) + "\n"


PAGES = {
    "settings.md": settings_page,
    "errors.md": errors_page,
    "reference/operations.md": lambda: operations_page.operations_page(_NOTE),
    "reference/img-pro-urls.md": lambda: imgpro_page.imgpro_page(_NOTE),
    "reference/imagekit-urls.md": lambda: imagekit_page.imagekit_page(_NOTE),
    "reference/limits.md": lambda: limits_page.limits_page(_NOTE),
    "reference/headers.md": lambda: headers_page.headers_page(_NOTE),
    "reference/explain.md": lambda: explain_page.explain_page(_NOTE),
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

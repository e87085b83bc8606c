"""`calotype transformations`: names for what ImageKit URLs say."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from calotype.cli.output import AsJson, complain, iso, print_json, print_table, say
from calotype.cli.session import Slug, in_workspace
from calotype.domain.workspaces import NamedTransformation, transformation_name
from calotype.services import transformations

app = typer.Typer(no_args_is_help=True, help="Name transformations, so that URLs call them: `tr:n-NAME`.")

Name = Annotated[str, typer.Argument(help="1 to 100 letters, digits, _ and -.", metavar="NAME")]


@app.command("add")
def add(
    name: Name,
    value: Annotated[str, typer.Argument(help="As a URL says it after `tr:`.", metavar="VALUE")],
    workspace: Slug = "default",
    as_json: AsJson = False,
) -> None:
    """Name a transformation, or give a name a new meaning. It holds from the next request on.

        calotype transformations add thumb 'w-300,h-300'

    Then `/ik/default/tr:n-thumb/photo.jpg` is what `/ik/default/tr:w-300,h-300/photo.jpg` is.
    """
    _check(name, value)
    named = in_workspace(workspace, lambda platform, owner: transformations.add(platform, owner, name, value))
    if as_json:
        print_json(_fields(named))
    else:
        say(f"n-{named.name} stands for {named.value}")


@app.command("list")
def list_(workspace: Slug = "default", as_json: AsJson = False) -> None:
    """List a workspace's named transformations, by name."""
    found = [_fields(named) for named in in_workspace(workspace, transformations.listed)]
    if as_json:
        print_json(found)
    else:
        print_table(("name", "value", "created_at"), found)


@app.command("remove")
def remove(name: Name, workspace: Slug = "default") -> None:
    """Take a name away. URLs that call it fail from the next request on."""
    in_workspace(workspace, lambda platform, owner: transformations.remove(platform, owner, name))
    say(f"n-{name} stands for nothing any more.")


def _check(name: str, value: str) -> None:
    """Read the value as a URL that calls it would be read; what would be ignored there is said here.

    Raises:
        Invalid: no URL could use it.
    """
    from calotype.dialects.imagekit.grammar import Chain  # the whole vocabulary, which no other command needs
    from calotype.dialects.imagekit.reading import read

    found = read((Chain(f"n-{transformation_name(name)}"),), lambda _: value)
    for word in found.words:
        if word.ignored:
            complain("Ignored", f"{word.text}: {word.meaning}")


def _fields(named: NamedTransformation) -> dict[str, Any]:
    return {"name": named.name, "value": named.value, "created_at": iso(named.created_at)}

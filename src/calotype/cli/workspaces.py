"""`calotype workspaces`: making and listing them, and their policies."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from calotype.cli.output import AsJson, iso, print_fields, print_json, print_table, say
from calotype.cli.session import in_workspace, on_platform
from calotype.domain.policies import POLICIES, show_policies
from calotype.domain.workspaces import Workspace
from calotype.errors import Invalid
from calotype.ports import Platform
from calotype.services import workspaces

app = typer.Typer(no_args_is_help=True, help="Make and list workspaces, and choose their policies.")

SlugArgument = Annotated[str, typer.Argument(help="The workspace's slug.", metavar="SLUG")]

_POLICIES = "\n".join(f"- `{name}` ({policy.words}): {policy.meaning}" for name, policy in POLICIES.items())


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List all workspaces, oldest first."""
    found = [_fields(each) for each in on_platform(workspaces.listed)]
    if as_json:
        print_json(found)
    else:
        print_table(("slug", "storage", "id", "created_at"), found)


@app.command("create")
def create(slug: SlugArgument, as_json: AsJson = False) -> None:
    """Make a workspace: its own images, keys and policies, below `/ik/SLUG/`.

    The slug is a DNS label: 1 to 63 lower-case letters, digits and inner hyphens. It stays for good.
    """
    made = on_platform(lambda platform: workspaces.create(platform, slug))
    if as_json:
        print_json(_fields(made))
    else:
        say(f"{made.slug} is made. Its first key: calotype keys create --workspace {made.slug}")


@app.command("show")
def show(slug: SlugArgument, as_json: AsJson = False) -> None:
    """Show a workspace with its policies."""

    async def work(_platform: Platform, workspace: Workspace) -> Workspace:
        return workspace

    _print(in_workspace(slug, work), as_json=as_json)


@app.command("set", help=f"""Choose policies of a workspace. They hold from the next request on.

    calotype workspaces set default restrict_unsigned=on quality=75

{_POLICIES}
""")  # fmt: skip
def set_(
    slug: SlugArgument,
    choices: Annotated[list[str], typer.Argument(help="Policies and their words.", metavar="NAME=VALUE…")],
    as_json: AsJson = False,
) -> None:
    """Choose policies of a workspace; the help above is made from their table."""
    words = dict(_pair(choice) for choice in choices)
    changed = in_workspace(
        slug, lambda platform, workspace: workspaces.set_policies(platform, workspace, words)
    )
    _print(changed, as_json=as_json)


def _pair(choice: str) -> tuple[str, str]:
    name, equals, word = choice.partition("=")
    if not equals:
        raise Invalid(f"{choice!r} is not written NAME=VALUE, such as auto_avif=on.")
    return name.strip(), word.strip()


def _print(workspace: Workspace, *, as_json: bool) -> None:
    if as_json:
        print_json(_fields(workspace))
    else:
        print_fields({name: value for name, value in _fields(workspace).items() if name != "policies"})
        say("")
        print_table(("policy", "value", "meaning"), [
            {"policy": name, "value": word, "meaning": POLICIES[name].meaning}
            for name, word in show_policies(workspace).items()
        ])  # fmt: skip


def _fields(workspace: Workspace) -> dict[str, Any]:
    return {
        "slug": workspace.slug,
        "storage": workspace.storage,
        "id": workspace.id,
        "created_at": iso(workspace.created_at),
        "policies": {name: getattr(workspace, name) for name in POLICIES},
    }

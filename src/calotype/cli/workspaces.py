"""`calotype workspaces`: making and listing them, and their policies."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from calotype.cli.output import AsJson, iso, print_fields, print_json, print_table, say
from calotype.cli.session import in_workspace, on_platform
from calotype.domain.plans import Standing
from calotype.domain.policies import POLICIES, show_policies
from calotype.domain.workspaces import Workspace
from calotype.errors import Invalid
from calotype.ports import Platform
from calotype.services import usage, workspaces

app = typer.Typer(no_args_is_help=True, help="Make and list workspaces, and choose their policies.")

SlugArgument = Annotated[str, typer.Argument(help="The workspace's slug.", metavar="SLUG")]

_POLICIES = "\n".join(f"- `{name}` ({policy.words}): {policy.meaning}" for name, policy in POLICIES.items())


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List all workspaces, oldest first, with their plans and what they have used: uploads of this month, images."""
    found = [_fields(*each) for each in on_platform(_all)]
    if as_json:
        print_json(found)
    else:
        rows = [{**fields, **fields["usage"], "plan": fields["policies"]["plan"]} for fields in found]
        print_table(
            ("slug", "storage", "plan", "uploads", "stored", "stored_bytes", "id", "created_at"), rows
        )


async def _all(platform: Platform) -> list[tuple[Workspace, Standing]]:
    found = await workspaces.listed(platform)
    standings = await usage.standings(platform, found)
    return [(each, standings[each.id]) for each in found]


async def _with_usage(platform: Platform, workspace: Workspace) -> tuple[Workspace, Standing]:
    return workspace, await usage.standing(platform, workspace)


@app.command("create")
def create(slug: SlugArgument, as_json: AsJson = False) -> None:
    """Make a workspace: its own images, keys and policies, below `/ik/SLUG/`.

    The slug is a DNS label: 1 to 63 lower-case letters, digits and inner hyphens. It stays for good.
    """

    async def work(platform: Platform) -> tuple[Workspace, Standing]:
        return await _with_usage(platform, await workspaces.create(platform, slug))

    made, standing = on_platform(work)
    if as_json:
        print_json(_fields(made, standing))
    else:
        say(f"{made.slug} is made. Its first key: calotype keys create --workspace {made.slug}")


@app.command("show")
def show(slug: SlugArgument, as_json: AsJson = False) -> None:
    """Show a workspace with its policies, its plan, and what it has used of it."""
    _print(*in_workspace(slug, _with_usage), as_json=as_json)


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

    async def work(platform: Platform, workspace: Workspace) -> tuple[Workspace, Standing]:
        return await _with_usage(platform, await workspaces.set_policies(platform, workspace, words))

    _print(*in_workspace(slug, work), as_json=as_json)


def _pair(choice: str) -> tuple[str, str]:
    name, equals, word = choice.partition("=")
    if not equals:
        raise Invalid(f"{choice!r} is not written NAME=VALUE, such as auto_avif=on.")
    return name.strip(), word.strip()


def _print(workspace: Workspace, standing: Standing, *, as_json: bool) -> None:
    fields = _fields(workspace, standing)
    if as_json:
        print_json(fields)
    else:
        shown = {name: value for name, value in fields.items() if name not in {"policies", "usage"}}
        print_fields({**shown, **_words(standing)})
        say("")
        print_table(("policy", "value", "meaning"), [
            {"policy": name, "value": word, "meaning": POLICIES[name].meaning}
            for name, word in show_policies(workspace).items()
        ])  # fmt: skip


def _words(standing: Standing) -> dict[str, str]:
    """Tell people what is used, of what."""
    used, plan = standing.usage, standing.plan
    return {
        "uploads this month": _of(used.uploads, plan.uploads),
        "images": f"{used.stored:,}",
        "bytes stored": _of(used.stored_bytes, plan.storage_bytes),
    }


def _of(used: int, limit: int | None) -> str:
    return f"{used:,}" if limit is None else f"{used:,} of {limit:,}"


def _fields(workspace: Workspace, standing: Standing) -> dict[str, Any]:
    return {
        "slug": workspace.slug,
        "storage": workspace.storage,
        "id": workspace.id,
        "created_at": iso(workspace.created_at),
        "verified": workspace.verified,
        "usage": asdict(standing.usage),
        "policies": {name: getattr(workspace, name) for name in POLICIES},
    }

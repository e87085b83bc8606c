"""`calotype plans`: what each of them allows."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from calotype.cli.output import AsJson, print_fields, print_json, print_table
from calotype.cli.session import on_platform
from calotype.domain.plans import Plan, plans_of
from calotype.errors import NotFound
from calotype.services import workspaces
from calotype.settings import UNLIMITED, Settings

app = typer.Typer(no_args_is_help=True, help="Show plans: how much a workspace may upload and store.")

_LIMITS = ("uploads", "storage_bytes", "max_file_bytes", "retention_days", "unverified_retention_days")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the plans of this installation. The settings change them, and `calotype workspaces set` chooses one.

    calotype workspaces set acme plan=pro
    """
    found = list(plans_of(Settings().plans).values())
    if as_json:
        print_json([asdict(plan) for plan in found])
    else:
        columns = ("name", "label", "uploads", "storage_bytes", "max_file_bytes", "retention_days", "offered")
        print_table(columns, [_words(plan) for plan in found])


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="The plan's name.", metavar="NAME")], as_json: AsJson = False
) -> None:
    """Show one plan, and how many workspaces are on it."""
    plan = plans_of(Settings().plans).get(name)
    if plan is None:
        raise NotFound(f"There is no plan {name!r}; `calotype plans list` shows those that there are.")
    on_it = sum(each.plan == name for each in on_platform(workspaces.listed))
    if as_json:
        print_json({**asdict(plan), "workspaces": on_it})
    else:
        print_fields({**_words(plan), "workspaces": on_it})


def _words(plan: Plan) -> dict[str, Any]:
    """Spell a plan for people: numbers in groups of three, and a limit that is none in words."""
    limits = {name: getattr(plan, name) for name in _LIMITS}
    words = {name: UNLIMITED if limit is None else f"{limit:,}" for name, limit in limits.items()}
    return {**asdict(plan), **words, "offered": "yes" if plan.offered else "no"}

"""The command line: `calotype serve`, and what an operator asks of the library. Each command's help teaches its use.

Law: a command says what it did in words, or with `--json` in JSON; what can be foreseen ends in one clear line and
status 1.
"""

from __future__ import annotations

import typer

from calotype.cli import (
    accounts,
    agents,
    apps,
    assets,
    keys,
    plans,
    purge,
    remote,
    transformations,
    upkeep,
    workspaces,
)
from calotype.cli.output import explained

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Calotype: a self-hosted image platform. Start with `calotype serve`.\n\n"
    "Every setting is a `CALOTYPE_…` variable or a line of `calotype.toml`; `docs/settings.md` lists them.",
)
app.add_typer(upkeep.app)
app.add_typer(keys.app, name="keys")
app.add_typer(workspaces.app, name="workspaces")
app.add_typer(plans.app, name="plans")
app.add_typer(accounts.app, name="accounts")
app.add_typer(apps.app, name="apps")
app.add_typer(transformations.app, name="transformations")
app.add_typer(assets.app, name="assets")
app.add_typer(purge.app)
app.add_typer(remote.app)
app.add_typer(agents.app)


def main() -> None:
    """Run the command line."""
    with explained():
        app()

"""`calotype mcp`: a running server's tools for agents whose programs start a command and talk to it."""

from __future__ import annotations

from typing import Annotated

import typer

from calotype.cli.remote import HERE, BaseUrl, Secret
from calotype.errors import Failed

app = typer.Typer()


@app.command("mcp")
def mcp(
    base_url: BaseUrl = HERE,
    key: Secret = "",
    user: Annotated[
        str, typer.Option(help="Whom an app's secret acts for: the `X-Img-User` header.", metavar="ID")
    ] = "",
) -> None:
    """Speak MCP over standard input and output for a Calotype server: its tools, with the abilities of the key.

    In the configuration of an agent, as `docs/agents.md` shows:

        {"command": "calotype", "args": ["mcp"], "env": {"CALOTYPE_API_URL": "…", "CALOTYPE_API_KEY": "img_live_…"}}

    Programs that speak MCP over HTTP need no command: they are given `URL/mcp` and the key.
    """
    from calotype.mcp.stdio import serve  # the SDK, which no other command needs

    url = f"{base_url.rstrip('/')}/mcp"
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        serve(url, headers | ({"X-Img-User": user} if user else {}))
    except Exception as error:  # the SDK's groups of errors, of which a person needs the innermost
        raise Failed(f"{url}: {_innermost(error)}") from error


def _innermost(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return str(error) or type(error).__name__

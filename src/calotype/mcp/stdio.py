"""MCP over standard input and output: the tools of a running server, for clients that start a command.

Law: it knows no tool itself. What the server offers is offered, and what it answers is handed on.
"""

from __future__ import annotations

import asyncio
from typing import Any

from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams

from calotype import __version__

Context = ServerRequestContext[Any, Any]


def serve(url: str, headers: dict[str, str]) -> None:
    """Speak for the MCP server at *url*, to which *headers* are sent, until standard input ends."""
    asyncio.run(_serve(url, headers))


async def _serve(url: str, headers: dict[str, str]) -> None:
    async with (
        create_mcp_http_client(headers=headers) as http,
        Client(streamable_http_client(url, http_client=http)) as remote,
        stdio_server() as (incoming, outgoing),
    ):
        own = relaying(remote)
        await own.run(incoming, outgoing, own.create_initialization_options())


def relaying(remote: Client) -> Server[Any]:
    """Build a server that hands everything on to *remote*."""

    async def list_tools(_: Context, parameters: PaginatedRequestParams | None) -> ListToolsResult:
        return await remote.list_tools(cursor=parameters.cursor if parameters else None)

    async def call_tool(_: Context, parameters: CallToolRequestParams) -> CallToolResult:
        return await remote.call_tool(parameters.name, parameters.arguments)

    return Server(
        "calotype",
        version=__version__,
        title="Calotype",
        instructions=remote.instructions,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )

"""The library spoken to agents: MCP at `/mcp`, over the services that the REST routes use, and `calotype mcp`.

Law: what people wrote about an image reaches an agent as data, in one field of its own; and nothing is deleted by
one call.

Nothing here imports the SDK before it is asked something: importing it takes longer than starting the server.
"""

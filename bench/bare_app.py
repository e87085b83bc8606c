"""The least that an ASGI server can do, the same bytes each time: `python -m bench.bare_app PORT FILE`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import uvicorn

BODY = b""


async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001 - ASGI's signature
    """Answer."""
    headers = [(b"content-type", b"image/jpeg"), (b"content-length", b"%d" % len(BODY))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})


if __name__ == "__main__":
    BODY = Path(sys.argv[2]).read_bytes()
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False, lifespan="off")

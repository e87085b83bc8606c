"""A server that speaks OpenAI's protocol on loopback: what it was asked, and what a test has it answer."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from calotype.adapters.vision import open_vision
from calotype.settings import Settings
from origins import Origin, serving

KEY = "sk-a-very-secret-key"


@dataclass
class Answer:
    """One answer: JSON (or the bytes themselves) with a status and headers."""

    body: Any
    status: str = "200 OK"
    headers: tuple[str, ...] = ()

    def written(self) -> bytes:
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        head = [f"HTTP/1.1 {self.status}", f"Content-Length: {len(body)}", "Connection: close", *self.headers]
        return "\r\n".join([*head, "", ""]).encode() + body


SILENCE = Answer(b"", "silence")
HANG_UP = Answer(b"", "hang up")


@dataclass
class ModelServer:
    """Answers in order, the last one again and again."""

    answers: list[Answer]
    origin: Origin | None = None
    bodies: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.origin.port}/v1"

    @property
    def lines(self) -> list[str]:
        return [head.partition(" HTTP/")[0] for head in self.origin.heads]

    async def behave(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = self.origin.heads[-1].lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
        self.bodies.append(json.loads(await reader.readexactly(length) or b"{}"))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is SILENCE:
            await reader.read()
        elif answer is not HANG_UP:
            writer.write(answer.written())


@asynccontextmanager
async def model_server(*answers: Answer) -> AsyncIterator[ModelServer]:
    server = ModelServer(list(answers))
    async with serving(server.behave, host="127.0.0.1") as origin:
        server.origin = origin
        yield server


@asynccontextmanager
async def asking(server: ModelServer, observer: object = None, **settings: object) -> AsyncIterator[Any]:
    """Open the adapter that settings lead to, with waits between tries that are too short to notice."""
    given = {
        "vision_url": server.url,
        "vision_key": KEY,
        "vision_image_model": "painter-1",
        "vision_chat_model": "seer-1",
    }
    vision = open_vision(Settings(**{**given, **settings}), observer, backoff_s=0.001)
    try:
        yield vision
    finally:
        await vision.close()


def said(text: object, **more: object) -> Answer:
    """Answer as a chat does."""
    content = text if isinstance(text, str) else json.dumps(text)
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 70, "completion_tokens": 12, "total_tokens": 82}
    return Answer({"object": "chat.completion", "choices": [{**choice, **more}], "usage": usage})


def painted(picture: bytes) -> Answer:
    """Answer as `images/generations` does."""
    return Answer({"created": 1, "data": [{"b64_json": base64.b64encode(picture).decode()}]})


def failing(status: str, *headers: str, body: object = None) -> Answer:
    return Answer(body or {"error": {"message": f"bad key {KEY}", "code": None}}, status, headers)

"""Scripted clients that put on the wire what the two generations of the vendor's Node SDK do: header for header.

The first (2024, on `ky` and Node's own fetch) refuses keys that do not look like one, writes unset values into the
query as `undefined`, names every file `blob`, and follows a list by cutting its API host off the link. The second
(2025, generated) tells about itself in `X-Stainless-*`, asks for exactly what it wants in `Accept`, sends no body where
it has nothing to say, and repeats what the answer lets it repeat.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin

import httpx

VENDOR = "https://api.img-processing.com/"
BOUNDARY = "----formdata-undici-042742642137"

NODE = {
    "accept": "*/*",
    "accept-language": "*",
    "sec-fetch-mode": "cors",
    "user-agent": "node",
    "accept-encoding": "gzip, deflate",
}
"""What Node's fetch sends of its own."""

STAINLESS = {
    "User-Agent": "ImgProcessing/JS 0.1.0",
    "X-Stainless-Retry-Count": "0",
    "X-Stainless-Timeout": "60",
    "X-Stainless-Lang": "js",
    "X-Stainless-Package-Version": "0.1.0",
    "X-Stainless-OS": "Linux",
    "X-Stainless-Arch": "x64",
    "X-Stainless-Runtime": "node",
    "X-Stainless-Runtime-Version": "v20.11.0",
}

ERRORS = {
    400: "BadRequestError", 401: "AuthenticationError", 403: "PermissionDeniedError", 404: "NotFoundError",
    409: "ConflictError", 422: "UnprocessableEntityError", 429: "RateLimitError",
}  # fmt: skip
"""The second generation's class of each status; from 500 on it is InternalServerError."""


class ApiError(Exception):
    """What either SDK throws for an answer that is none of success."""

    def __init__(self, answer: httpx.Response):
        """Read the problem body of *answer*, as the first generation does without asking for its media type."""
        self.answer = answer
        self.status = answer.status_code
        self.body = answer.json()
        self.name = ERRORS.get(self.status, "InternalServerError")
        super().__init__(answer.text)


def multipart(*parts: tuple[str, str, bytes]) -> bytes:
    """Write a form as undici does; a part is its `Content-Disposition`, its media type if any, and its bytes."""
    lines = b"".join(
        b"--%s\r\nContent-Disposition: form-data; %s\r\n%s\r\n%s\r\n"
        % (BOUNDARY.encode(), told.encode(), f"Content-Type: {kind}\r\n".encode() if kind else b"", data)
        for told, kind, data in parts
    )
    return lines + f"--{BOUNDARY}--\r\n\r\n".encode()


FORM_TYPE = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}


@dataclass
class Sdk:
    """A client of one key; *base* is where `v1/` is below, with a slash at its end."""

    base: str
    key: str

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> httpx.Response:
        """Send exactly *headers* and *body*, and nothing that another client would add."""
        with httpx.Client(timeout=60, headers={}) as client:
            client.headers.clear()
            request = client.build_request(
                method, urljoin(self.base, path), headers={**headers, "x-api-key": self.key}, content=body
            )
            if body is None and method == "POST":
                request.headers["content-length"] = "0"
            answer = client.send(request)
        if answer.is_error:
            raise ApiError(answer)
        return answer


class FirstSdk(Sdk):
    """`img-processing-sdk` 1.2.0."""

    def __init__(self, base: str, key: str):
        """Refuse a key that does not look like one, as it does before it sends anything."""
        if not key.startswith(("test_", "live_")):
            raise ValueError("Invalid API key")
        super().__init__(base, key)

    def upload(self, name: str, data: bytes, kind: str) -> dict[str, object]:
        body = multipart(('name="name"', "", name.encode()), ('name="image"; filename="blob"', kind, data))
        return self.send("POST", "v1/images/upload", {**NODE, **FORM_TYPE}, body).json()

    def post(self, path: str, members: str = "{}") -> dict[str, object]:
        """Send JSON, already spelt; without arguments it is an empty object."""
        headers = {**NODE, "content-type": "application/json"}
        answer = self.send("POST", f"v1/images{path}", headers, members.encode())
        assert answer.status_code == 201
        return answer.json()

    def bare(self, path: str) -> dict[str, object]:
        """Post nothing: publish and unpublish."""
        return self.send("POST", f"v1/images{path}", NODE, None).json()

    def get(self, id_: str) -> dict[str, object]:
        return self.send("GET", f"v1/images/{id_}", NODE, None).json()

    def download(self, id_: str) -> httpx.Response:
        return self.send("GET", f"v1/images/{id_}/download", NODE, None)

    def list(self, take: object = "undefined", first: object = "undefined") -> dict[str, object]:
        return self.send("GET", f"v1/images?take={take}&from={first}", NODE, None).json()

    def follow(self, link: str, prefix: str = VENDOR) -> dict[str, object]:
        """Follow a link of a list: cut *prefix* off, and resolve what is left against its own base."""
        return self.send("GET", link.replace(prefix, "", 1), NODE, None).json()

    def delete(self, id_: str) -> None:
        self.send("DELETE", f"v1/images/{id_}", NODE, None)


class SecondSdk(Sdk):
    """The SDK that was generated in 2025."""

    def upload(self, name: str, data: bytes, kind: str) -> dict[str, object]:
        body = multipart(
            ('name="image"; filename="photo.jpg"', kind, data), ('name="name"', "", name.encode())
        )
        headers = {"Accept": "application/json", **STAINLESS, **FORM_TYPE}
        return self.send("POST", "v1/images/upload", headers, body).json()

    def post(self, path: str, members: str | None = None) -> dict[str, object]:
        """Post JSON, or, where there are no arguments, nothing at all."""
        typed = {} if members is None else {"Content-Type": "application/json"}
        headers = {"Accept": "application/json", **STAINLESS, **typed}
        answer = self.send("POST", f"v1/images{path}", headers, members and members.encode())
        assert answer.status_code == 201
        return answer.json()

    def get(self, path: str) -> dict[str, object]:
        return self.send("GET", f"v1/images{path}", {"Accept": "application/json", **STAINLESS}, None).json()

    def download(self, id_: str) -> httpx.Response:
        return self.send("GET", f"v1/images/{id_}/download", {"Accept": "image/*", **STAINLESS}, None)

    def delete(self, id_: str) -> httpx.Response:
        return self.send("DELETE", f"v1/images/{id_}", {"Accept": "*/*", **STAINLESS}, None)


def repeats(answer: httpx.Response) -> bool:
    """Say whether the second generation would send the same again: it believes the header before the status."""
    if (told := answer.headers.get("x-should-retry")) in {"true", "false"}:
        return told == "true"
    return answer.status_code in {408, 409, 429} or answer.status_code >= 500

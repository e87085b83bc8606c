"""Calls that make an image of an image, from the request to the answer, beside the same render alone.

What our engine has just encoded is not decoded again on its way in, so a call costs the render, a durable write of
the result and its row. Both are done in turn, one at a time, so that what disturbs the machine disturbs both.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from multiprocessing.pool import Pool
from pathlib import Path

from bench import pictures, plans, report, results, service
from calotype.operations.base import Operation
from calotype.operations.blur import Blur
from calotype.operations.resize import Fit, Resize
from calotype.operations.turn import Turn

OVERHEAD_MS = 10.0
OVERHEAD_SHARE = 0.2
"""What a call may take beyond its render: this many milliseconds or this share of the render, whichever is more."""
WARM = 3
NICE = 10

CALLS: dict[str, tuple[dict[str, object], Operation]] = {
    "resize": ({"width": 640, "height": 480}, Resize(width=640, height=480, fit=Fit.STRETCH)),
    "rotate": ({"angle": 90}, Turn(quarters=1)),
    "blur": ({"sigma": 20}, Blur(sigma=20)),
}
"""Each endpoint with its body, and what its plan does."""


def run(*, quick: bool) -> None:
    """Print what a call takes beyond its render, for each picture and endpoint."""
    report.title("A call of IMG Processing, end to end, against the same render alone (median)")
    rounds = 5 if quick else 40
    sent = {"0.3 MP": pictures.made(640, 480), "6 MP": pictures.six_megapixels()}
    found: dict[str, dict[str, float]] = {}
    # As nice as the server's workers, so that other programs disturb both alike.
    niced = multiprocessing.get_context("spawn").Pool(1, os.nice, (NICE,))
    with tempfile.TemporaryDirectory() as name, niced as child:
        folder = Path(name)
        key = service.create_key(folder, "--api", "img-processing")
        with service.running(folder, render_slots=1, img_processing_live_requests_per_minute=0) as running:
            caller = _Caller(running.port, key)
            for what, picture in sent.items():
                caller.create(picture)
                child.apply(_keep, (picture, folder))
                for endpoint in CALLS:
                    found[f"{what}, {endpoint}"] = _measure(caller, child, endpoint, rounds)
    for what, times in found.items():
        _show(what, times["call_ms"], times["render_ms"])
    results.keep("transforming", {"calls": found})


def _show(what: str, call_ms: float, render_ms: float) -> None:
    most = max(OVERHEAD_MS, OVERHEAD_SHARE * render_ms)
    label = f"{what}: {call_ms:.1f} ms, the render alone {render_ms:.1f} ms; beyond it"
    report.Limit(label, call_ms - render_ms, "ms", at_most=round(most, 1)).show()


def _measure(caller: _Caller, child: Pool, endpoint: str, rounds: int) -> dict[str, float]:
    """Call and render in turn; answer the medians in milliseconds."""
    calls: list[float] = []
    renders: list[float] = []
    for _ in range(WARM + rounds):
        calls.append(_took(lambda: caller.call(endpoint)))
        renders.append(child.apply(_render, (endpoint,)))
    return {"call_ms": report.median(calls[WARM:]), "render_ms": report.median(renders[WARM:])}


def _took(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3


_JOBS: dict[str, Callable[[], bytes]] = {}
"""In the child: what it renders for each endpoint."""


def _keep(picture: bytes, folder: Path) -> None:
    """In the child: ingest *picture*, and plan every call as the server does."""
    from calotype import engine

    kept, facts = plans.ingest(picture, folder)
    for endpoint, (_, operation) in CALLS.items():
        what = plans.planned(facts, operation)
        files = {what.picture.file: str(kept[what.picture.source])}
        _JOBS[endpoint] = lambda what=what, files=files: engine.render(what, files)  # type: ignore[misc]


def _render(endpoint: str) -> float:
    """In the child: render once, and say how many milliseconds it took."""
    return _took(_JOBS[endpoint])


class _Caller:
    """Somebody with a live key, on one connection."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._key = key
        self._image = ""

    def create(self, picture: bytes) -> None:
        """Upload the picture that is called about from now on."""
        boundary = "calotypebench"
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="name"\r\n\r\nbench\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="blob"\r\n\r\n'
        )
        body = head.encode() + picture + f"\r\n--{boundary}--\r\n".encode()
        self._image = self._post("upload", body, f"multipart/form-data; boundary={boundary}")

    def call(self, endpoint: str) -> None:
        """Make an image of it."""
        members, _ = CALLS[endpoint]
        self._post(f"{self._image}/{endpoint}", json.dumps(members).encode(), "application/json")

    def _post(self, path: str, body: bytes, content_type: str) -> str:
        headers = {"x-api-key": self._key, "content-type": content_type}
        self._connection.request("POST", f"/img-processing/v1/images/{path}", body, headers)
        response = self._connection.getresponse()
        said = response.read()
        if response.status != http.client.CREATED:
            raise SystemExit(f"{path} failed: {response.status} {said[:200]!r}")
        return str(json.loads(said)["id"])

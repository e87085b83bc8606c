"""What is counted, by one process and by several."""

from __future__ import annotations

import os
import subprocess
import sys

import httpx
from starlette.applications import Starlette
from starlette.routing import Route
from structlog.testing import capture_logs

from calotype.web.hits import Hits
from calotype.web.metrics import Metrics


def samples(metrics: Metrics) -> dict[str, float]:
    lines = [line for line in metrics.exposition().decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_plain_counters_are_folded_into_prometheus_once():
    metrics = Metrics()
    metrics.hits.request("GET", "/cdn/{file}", 200, 700)
    metrics.hits.request("GET", "/cdn/{file}", 304, 0)
    metrics.fold()
    metrics.hits.request("GET", "/cdn/{file}", 206, 300)
    seen = samples(metrics)
    assert seen['calotype_requests_total{method="GET",route="/cdn/{file}",status="2xx"}'] == 2
    assert seen['calotype_requests_total{method="GET",route="/cdn/{file}",status="3xx"}'] == 1
    assert seen["calotype_response_bytes_total"] == 1000


def test_a_hit_counts_as_an_answer_and_as_one_from_memory():
    metrics = Metrics()
    Hits(metrics.hits, {b"": "/cdn/{file}"}).hit(b"HEAD", b"/cdn/a", 200, 0)
    seen = samples(metrics)
    assert seen['calotype_requests_total{method="HEAD",route="/cdn/{file}",status="2xx"}'] == 1
    assert seen['calotype_deliveries_total{tier="memory"}'] == 1


def test_one_hit_in_a_hundred_is_logged():
    hits = Hits(Metrics().hits, {b"": "/cdn/{file}"})
    with capture_logs() as logs:
        for _ in range(200):
            hits.hit(b"GET", b"/cdn/a?signature=secret", 200, 10)
    assert [line["path"] for line in logs] == ["/cdn/a", "/cdn/a"]


def test_what_a_limit_refuses_is_counted_by_route():
    metrics = Metrics()
    for status in (429, 200, 429, 403):
        metrics.answered("/v1/media", 0.001, status)
    seen = samples(metrics)
    assert seen['calotype_rate_limited_total{route="/v1/media"}'] == 2
    assert seen['calotype_request_seconds_count{route="/v1/media"}'] == 4


def test_the_render_pool_is_observed():
    metrics = Metrics()
    metrics.queued(0.02)
    metrics.rendered(0.2, "ingest")
    metrics.died("signal")
    seen = samples(metrics)
    assert seen["calotype_render_queue_seconds_count"] == 1
    assert seen['calotype_render_seconds_bucket{kind="ingest",le="0.25"}'] == 1
    assert seen['calotype_render_seconds_bucket{kind="ingest",le="0.1"}'] == 0
    assert seen['calotype_worker_deaths_total{reason="signal"}'] == 1


def test_tiers_and_refusals_are_counted():
    metrics = Metrics()
    metrics.tier("disk")
    metrics.refused(431)
    seen = samples(metrics)
    assert seen['calotype_deliveries_total{tier="disk"}'] == 1
    assert seen['calotype_refused_connections_total{status="431"}'] == 1


def test_an_odd_method_makes_no_label_of_its_own():
    metrics = Metrics()
    metrics.hits.request("PROPFIND", "unmatched", 405, 0)
    assert samples(metrics)['calotype_requests_total{method="other",route="unmatched",status="4xx"}'] == 1


async def test_metrics_are_read_over_http():
    metrics = Metrics()
    metrics.died("signal")
    app = Starlette(routes=[Route("/metrics", metrics.endpoint)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert 'calotype_worker_deaths_total{reason="signal"} 1.0' in answer.text


PROCESS = """
from calotype.web.metrics import Metrics
metrics = Metrics()
metrics.hits.tier("memory")
metrics.hits.in_flight = 2
metrics.rendered(0.2, "render")
print(metrics.exposition().decode())
"""


def test_whichever_process_is_scraped_answers_for_all(tmp_path):
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    def run() -> str:
        return subprocess.run(
            [sys.executable, "-c", PROCESS], env=environment, check=True, capture_output=True, text=True
        ).stdout

    run()
    text = run()
    assert 'calotype_deliveries_total{tier="memory"} 2.0' in text
    assert 'calotype_render_seconds_count{kind="render"} 2.0' in text
    assert "calotype_requests_in_flight 4.0" in text

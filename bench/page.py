"""Write `docs/benchmarks.md` and its plot from the newest results of each part.

Law: every figure of the page comes from a measurement, losses too; only the words around them are written here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import plot, report, results
from bench.peers import PEERS, Ours

DOCS = Path(__file__).resolve().parents[1] / "docs"
OURS = "calotype"
MARGIN = 0.5
"""SSIMULACRA2 points below which two scores are the same to the eye and to this page."""


def write() -> None:
    """Write the page and the plot. Ends with a message when there are no results of the peers yet."""
    kept = results.read()
    if "peers" not in kept:
        raise SystemExit("no results yet: run `python -m bench --only peers` first")
    (DOCS / "images" / "benchmarks.png").write_bytes(plot.draw(kept["peers"]["results"]))
    (DOCS / "benchmarks.md").write_text("\n".join(_page(kept)) + "\n")
    report.note("wrote docs/benchmarks.md and docs/images/benchmarks.png")


def _page(kept: dict[str, Any]) -> Iterator[str]:
    peers = kept["peers"]
    yield "<!-- Written by `python -m bench --write` from measurements; do not edit. -->\n"
    yield "# Benchmarks\n"
    yield from _circumstances(peers)
    yield "![Renders per second and SSIMULACRA2 of each server](images/benchmarks.png)\n"
    yield from _losses(peers["results"])
    yield from _ingest(peers)
    yield from _targets(kept)
    yield from _tables(peers["results"])
    yield from _servers(peers)


def _circumstances(peers: dict[str, Any]) -> Iterator[str]:
    measured = peers["measured"]
    yield (
        "`make bench` measures this on your machine; `python -m bench --only peers --write` measures the side-by-side "
        "and writes this page.\n"
    )
    yield (
        f"These figures: {measured['at']}, {measured['processor']}, "
        f"{measured['cores']} cores, {measured['memory_gib']} GiB, {measured['system']}, Python {measured['python']}; "
        f"load average at the end {measured['load_average']:.1f}. The machine did other work as well, so read the "
        "ratios and the CPU times, not the absolute figures: Calotype renders at nice 10 and yields to such work, "
        "peers do not.\n"
    )
    if peers["quick"]:
        yield "**A quick look** (`--quick`): one round of one picture, not a measurement.\n"
    yield (
        "**Cold** means: the picture is stored and the variant was never asked for. Caches are off for everyone, "
        "each request is for another width (the one named, give or take 40 px), and 4 connections ask at once. All "
        f"servers run at the same time and are asked in turns, in {peers['rounds']} round(s) of "
        f"{peers['seconds']:g} s each; a rate is the median of the rounds, p50 and p95 are over all answers. The "
        "quality of JPEG, WebP and AVIF was found by bisection so that a variant has as many bytes as Calotype's "
        "(its default quality) within 5 %; PNG has no quality. SSIMULACRA2 compares with a full-quality resize of "
        "the original kept without loss (higher is better; 90 is indistinguishable, 70 is good). Peak is the memory "
        "of the whole process tree, shared pages counted once (PSS). CPU is what the whole tree took for one "
        "variant: it hardly feels what else the machine does. "
        f"The client took at most {max(_client(peers)):.2f} of a core.\n"
    )


def _client(peers: dict[str, Any]) -> list[float]:
    return [each["client"] for each in peers["results"]]


def cases_of(found: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Group results by their case, in the order that they were measured in."""
    cases: dict[str, list[dict[str, Any]]] = {}
    for each in found:
        cases.setdefault(_title(each["case"]), []).append(each)
    return cases


def _title(case: dict[str, Any]) -> str:
    return f"{case['label']} to {case['format'].upper()}, {case['width']} px"


def _losses(found: list[dict[str, Any]]) -> Iterator[str]:
    """One line for each case, against the fastest peer in it, and against the best-looking one."""
    yield "## Against the fastest peer\n"
    yield (
        "| cold | Calotype/s | fastest peer/s | ratio | CPU ms: Calotype, that peer "
        "| SSIMULACRA2: Calotype, that peer | best peer's | verdict |"
    )
    yield "| --- | --: | --: | --: | --: | --: | --: | --- |"
    for title, group in cases_of(found).items():
        ours = next(each for each in group if each["server"] == OURS)
        peers = [each for each in group if not each["server"].startswith(OURS) and not each["failure"]]
        if not peers or ours["failure"]:
            continue
        fastest = max(peers, key=lambda each: float(each["rate"]))
        best = max(float(each["score"]) for each in peers)
        cpu = ", ".join(f"{each['cpu'] * 1000:.0f}" for each in (ours, fastest))
        scores = ", ".join(f"{each['score']:.1f}" for each in (ours, fastest))
        yield (
            f"| {title} | {ours['rate']:.1f} | {fastest['server']} {fastest['rate']:.1f} "
            f"| {ours['rate'] / fastest['rate']:.2f} | {cpu} | {scores} | {best:.1f} "
            f"| {verdict(ours, fastest, best)} |"
        )
    yield ""


def verdict(ours: dict[str, Any], fastest: dict[str, Any], best: float) -> str:
    """Say in words whether we are behind, in speed or in looks."""
    slower = ours["rate"] < fastest["rate"]
    worse = ours["score"] < best - MARGIN
    words = [
        "**slower**" if slower else "faster",
        "**looks worse than the best**" if worse else "looks as good or better",
    ]
    return ", ".join(words)


def _ingest(peers: dict[str, Any]) -> Iterator[str]:
    yield "## What ingest costs\n"
    yield (
        "Calotype decodes every original once, fully, when it is uploaded: that validates it, and makes the mezzanine "
        "from which most variants are rendered. Peers do nothing then. Median of an upload over HTTP, one at a time:\n"
    )
    yield "| picture | ingest, ms |"
    yield "| --- | --: |"
    for picture, seconds in peers["ingest_seconds"].items():
        yield f"| {picture} | {seconds * 1000:,.0f} |"
    hits = peers["hits"]
    yield (
        f"\nWith caches on, a variant of {hits['bytes']:,} bytes that was asked for before is answered "
        f"{hits['rate']:,.0f} times per second from memory (64 connections, the client on the same cores).\n"
    )


def _targets(kept: dict[str, Any]) -> Iterator[str]:
    lines = [*_large(kept), *_crowd(kept), *_steady(kept)]
    if lines:
        yield "## Memory, crowds, and hits beside renders\n"
        yield "| what | measured | goal |"
        yield "| --- | --: | --: |"
        yield from lines
        yield ""


def _large(kept: dict[str, Any]) -> Iterator[str]:
    for kind, goal in (("baseline", 270), ("progressive", 1200)):
        if "large" in kept:
            over = kept["large"][kind]["peak"] - kept["large"][kind]["idle"]
            what = f"36 MP {kind} JPEG, four at once, ingest and render: peak over idle"
            yield f"| {what} | {over:,.0f} MiB | {goal:,} |"


def _crowd(kept: dict[str, Any]) -> Iterator[str]:
    if "crowd" in kept:
        crowd = kept["crowd"]
        what = f"{crowd['connections']:,} connections asking for hits, {crowd['seconds']} s"
        yield f"| {what}: failed | {crowd['failed']:,} | 0 |"
        yield f"| {what}: longest wait | {crowd['longest']:.2f} s | 2 |"


def _steady(kept: dict[str, Any]) -> Iterator[str]:
    if "steady" in kept:
        busy, calm = kept["steady"]["busy"]["p99"], kept["steady"]["calm"]["p99"]
        what = (
            f"hits at 20 % of capacity ({kept['steady']['rate']:,.0f}/s) while renders saturate the machine"
        )
        yield f"| {what}: p99 | {busy * 1000:.1f} ms | 20 |"
        yield f"| {what}: times the calm p99 ({calm * 1000:.1f} ms) | {busy / calm:.1f} | 4 |"


def _tables(found: list[dict[str, Any]]) -> Iterator[str]:
    yield "## Every case\n"
    for title, group in cases_of(found).items():
        yield f"### {title}\n"
        yield "| server | renders/s | CPU ms | p50 ms | p95 ms | bytes | quality | SSIMULACRA2 | peak MiB |"
        yield "| --- | --: | --: | --: | --: | --: | --: | --: | --: |"
        yield from map(_row, group)
        yield ""


def _row(each: dict[str, Any]) -> str:
    if each["failure"]:
        return f"| {each['server']} | cannot: {each['failure'][:80]} | | | | | | | |"
    times = " | ".join(f"{each[name] * 1000:.0f}" for name in ("cpu", "p50", "p95"))
    return (
        f"| {each['server']} | {each['rate']:.1f} | {times} "
        f"| {each['size']:,.0f} | {each['quality'] or 'default'} | {each['score']:.1f} | {each['memory'] / 2**20:.0f} |"
    )


def _servers(peers: dict[str, Any]) -> Iterator[str]:
    yield "## The servers and their settings\n"
    yield "| server | version | settings |"
    yield "| --- | --- | --- |"
    settings = {OURS: Ours.settings} | {name: peer.settings for name, peer in PEERS.items()}
    for name, version in peers["versions"].items():
        yield f"| {name} | {version} | {settings[name]} |"
    for name, reason in peers["missing"].items():
        yield f"| {name} | missing | It could not be built here: {reason} |"

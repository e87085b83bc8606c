"""Side by side with peers: every case on every server, printed as it comes, kept for the page."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from rich.table import Table

from bench import client, load, report, results
from bench.peers import PEERS, Missing, Ours, Peer, Shot, Site
from bench.peers import cases as all_cases
from bench.peers.cases import Case
from bench.peers.measure import CLIENTS, Result, measure, started

COLUMNS = (
    "server",
    "renders/s",
    "CPU ms",
    "p50 ms",
    "p95 ms",
    "bytes",
    "quality",
    "SSIMULACRA2",
    "peak MiB",
    "idle MiB",
)


HIT_CONNECTIONS = 64


def run(*, quick: bool, only: list[str] | None = None, formats: list[str] | None = None) -> None:
    """Measure, print a table for each case, and say which peers are missing."""
    report.title(
        f"Cold variants side by side: caches off, {CLIENTS} connections, bytes of lossy formats within 5 %"
    )
    versions, missing = _versions(only)
    rounds, seconds = (1, 1.5) if quick else (3, 2)
    with tempfile.TemporaryDirectory() as name:
        site = Site(Path(name) / "pictures")
        all_cases.lay_out(site.pictures)
        ours, plain = Ours(Path(name) / "ours"), Ours(Path(name) / "plain", mezzanine=False)
        for server in (ours, plain):
            server.ingest(site, times=1 if quick else 5)
        _show_ingest(ours)
        kept = {
            "quick": quick,
            "rounds": rounds,
            "seconds": seconds,
            "versions": {"calotype": ours.version()} | versions,
            "missing": missing,
            "hits": _hits(replace(ours, cached=True), site, seconds),
            "ingest_seconds": ours.ingest_seconds,
        }
        found: list[Result] = []
        for case in all_cases.cases(quick=quick, formats=formats):
            found += _one(case, ours, plain, list(versions), site, rounds, seconds)
            # After every case: a run of many minutes that is cut short keeps what it had.
            results.keep("peers", kept | {"results": [results.plain(each) for each in found]})
    report.note(f"the client took at most {max(each.client for each in found):.2f} of a core")


def _versions(only: list[str] | None) -> tuple[dict[str, str], dict[str, str]]:
    """Install the peers: what each is, and why others are missing."""
    versions, missing = {}, {}
    for name, peer in PEERS.items():
        if only and name not in only:
            continue
        try:
            versions[name] = peer().version()
            report.note(f"{name} {versions[name]}")
        except Missing as error:
            missing[name] = str(error)
            report.note(f"[yellow]{name} is missing: {error}[/]")
    return versions, missing


def _show_ingest(ours: Ours) -> None:
    for picture, seconds in ours.ingest_seconds.items():
        kind = "with a mezzanine" if ours.has_mezzanine(picture) else "no mezzanine"
        report.note(f"ingest of {picture}: {seconds * 1000:,.0f} ms, {kind}")


def _one(
    case: Case, ours: Ours, plain: Ours, names: list[str], site: Site, rounds: int, seconds: float
) -> list[Result]:
    """Measure and print one case; without a mezzanine only where there is one."""
    servers: dict[str, Peer] = {"calotype": ours}
    if ours.has_mezzanine(case.source):
        servers["calotype, no mezzanine"] = plain
    servers |= {name: PEERS[name]() for name in names}
    found = measure(case, servers, site, rounds=rounds, seconds=seconds)
    _show(case, found)
    return found


def _hits(ours: Ours, site: Site, seconds: float) -> dict[str, float]:
    """Ask again and again for one variant with our caches on."""
    shot = Shot("photo-6mp.jpg", 640, "jpeg")
    with started("calotype", ours, site) as server:
        target = ours.target(shot)
        size = len(client.fetch(server.port, target))
        rate = load.requests_per_second(
            server.port, target, connections=HIT_CONNECTIONS, seconds=seconds, core=None
        )
    report.note(
        f"caches on: {rate:,.0f} hits/s of {size:,} bytes ({HIT_CONNECTIONS} connections, {load.NAME})"
    )
    return {"rate": rate, "bytes": size}


def _show(case: Case, found: list[Result]) -> None:
    table = Table(
        *COLUMNS, title=f"{case.label} to {case.format.upper()}, {case.width} px wide", title_justify="left"
    )
    for each in found:
        table.add_row(*row(each))
    report.console.print(table)
    able = [each for each in found if not each.failure]
    peers = [each.rate for each in able if not each.server.startswith("calotype")]
    if peers and able[0].server == "calotype":
        what = f"{case.label} to {case.format.upper()}, {case.width} px: against the fastest peer"
        report.Ratio(what, able[0].rate, max(peers), "per second", at_least=1).show()


def row(each: Result) -> list[str]:
    """Spell a result as the table's cells."""
    if each.failure:
        return [each.server, "cannot", *[""] * (len(COLUMNS) - 3), each.failure[:60]]
    times = [f"{seconds * 1000:,.0f}" for seconds in (each.p50, each.p95)]
    memory = [f"{size / 2**20:,.0f}" for size in (each.memory, each.idle)]
    chosen = "-" if each.quality is None else str(each.quality)
    return [
        each.server,
        f"{each.rate:,.1f}",
        f"{each.cpu * 1000:,.0f}",
        *times,
        f"{each.size:,.0f}",
        chosen,
        f"{each.score:.1f}",
        *memory,
    ]

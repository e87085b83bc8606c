"""Lists of a small and a large library: does a page cost more because more is behind it?

The catalog is asked in turn on both, so that what disturbs the machine disturbs both. Pages come from all over: another
tag, label or place for each question.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from bench import library, report, results
from calotype.adapters.catalog import migrate, open_catalog
from calotype.ports import AssetQuery, Catalog

SMALL, LARGE = 10_000, 1_000_000
TIMES = 1.5
"""What the large library's 95th percentile may be of the small one's."""
WARM = 20

Question = Callable[[random.Random, int], AssetQuery]
"""What to ask a library of so many images for."""
Ask = Callable[[Catalog, random.Random, int], Awaitable[None]]
_PAGE = AssetQuery(library.WORKSPACE.id, library.EPOCH)

QUESTIONS: dict[str, Question] = {
    "first page": lambda _, __: _PAGE,
    "tag": lambda chance, _: replace(_PAGE, tags=(f"tag-{chance.randrange(library.TAGS)}",)),
    "label": lambda chance, _: replace(_PAGE, labels=(("room", str(chance.randrange(library.ROOMS))),)),
    "deep cursor": lambda chance, count: replace(_PAGE, after=_place(chance, count)),
}


def run(*, quick: bool) -> None:
    """Print the 95th percentiles of both libraries, on SQLite and on PostgreSQL."""
    large, rounds = (100_000, 100) if quick else (LARGE, 400)
    report.title(f"Lists of {large:,} images beside lists of {SMALL:,}, a page of {_PAGE.limit} (p95)")
    with tempfile.TemporaryDirectory() as folder, library.postgres() as server:
        found = {"SQLite": asyncio.run(_sqlite(Path(folder), large, rounds))}
        if server:
            found["PostgreSQL"] = asyncio.run(_postgres(server, large, rounds))
        else:
            report.note("PostgreSQL does not start here: not measured")
    for database, times in found.items():
        for question, (small_s, large_s) in times.items():
            what = f"{database}, {question}: {small_s * 1e3:.2f} ms, then {large_s * 1e3:.2f} ms, times"
            report.Limit(what, large_s / small_s, "x", at_most=TIMES).show()
    results.keep("listing", {"small": SMALL, "large": large, "p95_s": found})


async def _sqlite(folder: Path, large: int, rounds: int) -> dict[str, tuple[float, float]]:
    urls = {count: f"sqlite:///{folder / f'{count}.db'}" for count in (SMALL, large)}
    for url in urls.values():
        await migrate(url)
    return await _compare(urls, rounds)


async def _postgres(server: str, large: int, rounds: int) -> dict[str, tuple[float, float]]:
    return await _compare(
        {count: await library.created(server, f"bench_{count}") for count in (SMALL, large)}, rounds
    )


async def _compare(urls: dict[int, str], rounds: int) -> dict[str, tuple[float, float]]:
    catalogs: dict[int, Catalog] = {}
    for count, url in urls.items():
        catalogs[count] = await open_catalog(url)
        began = time.perf_counter()
        await library.fill(catalogs[count], url, count)
        report.note(f"{count:,} made in {time.perf_counter() - began:.0f} s")
    found = {name: await _ask(catalogs, _page(question), rounds) for name, question in QUESTIONS.items()}
    found["namespaces"] = await _ask(catalogs, _namespaces, rounds)
    for catalog in catalogs.values():
        await catalog.close()
    return found


def _page(question: Question) -> Ask:
    async def ask(catalog: Catalog, chance: random.Random, count: int) -> None:
        query = question(chance, count)
        page = await catalog.assets(query)
        if len(page) != query.limit:
            raise SystemExit(f"{query} gave {len(page)} assets")

    return ask


async def _namespaces(catalog: Catalog, _chance: random.Random, count: int) -> None:
    totals = await catalog.namespaces(library.WORKSPACE.id, library.EPOCH, 100, 0)
    if sum(each.count for each in totals) != count:
        raise SystemExit(f"{totals} are not {count} assets")


async def _ask(catalogs: dict[int, Catalog], ask: Ask, rounds: int) -> tuple[float, float]:
    """Ask each library in turn; the first answers, which fill caches, do not count."""
    took: dict[int, list[float]] = {count: [] for count in catalogs}
    chance = random.Random(1)
    for _ in range(WARM + rounds):
        for count, catalog in catalogs.items():
            began = time.perf_counter()
            await ask(catalog, chance, count)
            took[count].append(time.perf_counter() - began)
    small_s, large_s = (report.percentile(times[WARM:], 0.95) for times in took.values())
    return small_s, large_s


def _place(chance: random.Random, count: int) -> tuple[datetime, str]:
    number = chance.randrange(count // 10, count // 2)
    return library.time_of(number), library.id_of(number)

"""Explain over HTTP: a URL, asked as a client would, up to the point where bytes would be sent."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.types import Scope

from calotype.domain.assets import Asset
from calotype.domain.explaining import explained
from calotype.domain.negotiation import fold
from calotype.domain.planning import Limit, Original, Plan, Target
from calotype.errors import CalotypeError, NotFound, Quarantined
from calotype.web.delivery import Grammar
from calotype.web.delivery_headers import Header
from calotype.web.hot import HotResponses

Routed = tuple[Grammar, str]
"""A dialect's grammar, and the path below where it is mounted."""


@dataclass(frozen=True, slots=True)
class Explainer:
    """Explains the delivery URLs of every dialect."""

    route: Callable[[str, str], Routed | None]
    """Finds the grammar for a host (empty: this server's) and a path."""
    tier_of: Callable[[Target], Awaitable[str]]
    set_aside: Callable[[Plan | Original], Awaitable[bool]]
    """Says whether what nobody has yet would not be made."""
    budget: Callable[[Asset], Awaitable[Limit | None]]
    """Says how much of an image's budget of new variants is spent; None: it has none."""
    hot: HotResponses

    async def explain(
        self, url: str, accept: str, owner: str, hints: Sequence[Header] = ()
    ) -> dict[str, Any]:
        """Tell what *url*, absolute or from its first slash on, comes down to for a client that sends *accept*.

        *hints* are the other headers that it sends and that an answer may depend on.

        Raises:
            NotFound: it names no image of the workspace *owner*.
            CalotypeError: it would be refused; the words say where.
        """
        try:
            parts = urlsplit(url)
        except ValueError:  # `http://[` and the like
            raise NotFound from None
        path = unquote(parts.path)
        routed = self.route(parts.netloc.lower(), path)
        if routed is None:
            raise NotFound
        grammar, below = routed
        scope = _scope(path, parts.path, below, parts.query, owner)
        scope["headers"] = [*_accepting(accept), *hints]
        started = time.perf_counter()
        target = await grammar.find(scope)
        planned = time.perf_counter()
        if target.asset.workspace_id != owner:
            raise NotFound
        words = await grammar.words(scope)
        tier = "memory" if self.hot.by_key(target.what.key) else await self.tier_of(target)
        looked = time.perf_counter()
        spent = {"find_and_plan": (planned - started) * 1000, "look_for_bytes": (looked - planned) * 1000}
        folded = fold(value for _, value in _accepting(accept)).value
        refused = await self._refusal(grammar, scope, tier)
        target = await self._with_budget(target)
        told = explained(target, words, accept=folded, tier=tier, refused=refused, milliseconds=spent)
        return {"url": url, **told}

    async def _with_budget(self, target: Target) -> Target:
        """Add to a plan's limits the one that no plan knows: how many variants others have had made today."""
        what = target.what
        budget = None if isinstance(what, Original) else await self.budget(target.asset)
        if isinstance(what, Original) or budget is None:
            return target
        return replace(target, what=replace(what, limits=(*what.limits, budget)))

    async def _refusal(self, grammar: Grammar, scope: Scope, tier: str) -> CalotypeError | None:
        """Say how whoever has no key is refused: the owner sees what takes a signature, or is seen by nobody else."""
        try:
            target = await grammar.find({**scope, "calotype.owner": ""})
        except CalotypeError as error:
            return error
        return Quarantined() if tier == "render" and await self.set_aside(target.what) else None


def _accepting(accept: str) -> list[Header]:
    return [(b"accept", accept.encode("latin-1", "replace"))] if accept else []


def _scope(path: str, raw_path: str, below: str, query: str, owner: str) -> Scope:
    """Make what the server would have made of the request."""
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": raw_path.encode("latin-1", "replace"),
        "query_string": query.encode("latin-1", "replace"),
        "calotype.path": below,
        "calotype.owner": owner,
    }

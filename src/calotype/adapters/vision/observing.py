"""What work with models costs, told to whoever counts it: calls, seconds, tokens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from calotype.errors import CalotypeError, VisionFailed
from calotype.ports import Talent


class VisionObserver(Protocol):
    """Who counts what models are asked for."""

    def looked(self, talent: str, outcome: str, seconds: float) -> None:
        """A model was asked for *talent*; *outcome* is `ok` or an error's code. Waiting and retries are included."""

    def spent(self, model: str, kind: str, amount: int) -> None:
        """*model* took or gave *amount* of *kind*: `input` or `output` tokens, or `images`."""


class Nobody:
    """Counts nothing."""

    def looked(self, talent: str, outcome: str, seconds: float) -> None:
        """See `VisionObserver.looked`."""

    def spent(self, model: str, kind: str, amount: int) -> None:
        """See `VisionObserver.spent`."""


@asynccontextmanager
async def observed(observer: VisionObserver, talent: Talent) -> AsyncIterator[None]:
    """Tell *observer* how the block ended. What nobody expected is a failure of the model, in our own words."""
    clock = asyncio.get_running_loop().time
    began, outcome = clock(), "ok"
    try:
        yield
    except CalotypeError as error:
        outcome = error.code
        raise
    except asyncio.CancelledError:
        outcome = "cancelled"
        raise
    except Exception as error:
        outcome = VisionFailed.code
        raise VisionFailed from error
    finally:
        observer.looked(talent.value, outcome, clock() - began)

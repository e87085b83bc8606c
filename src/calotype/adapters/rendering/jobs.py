"""What runs inside a worker: importable functions on plain values. Importing this module loads no codec."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from calotype import engine
from calotype.adapters.rendering import sandbox
from calotype.errors import CalotypeError

ingest = engine.ingest
render = engine.render
measure = engine.measure
blank_gps = engine.blank_gps
enforced = sandbox.enforced


def start(confinement: sandbox.Confinement, prepare: Callable[[], None]) -> None:
    """Confine this new worker process, then *prepare* it for its first job."""
    sandbox.confine(confinement)
    prepare()


def warm() -> None:
    """Load the codecs by rendering something tiny."""
    engine.warm()


def ready() -> None:
    """Do nothing: whoever gets the answer knows that the worker has started."""


def perform(function: Callable[..., Any], arguments: tuple[Any, ...], cpu_seconds: float) -> Any:
    """Run one job within *cpu_seconds* of processor time.

    Raises:
        CalotypeError: as *function* raised it.
        MemoryError: Python or NumPy could not get memory.
        RuntimeError: any other failure, in words: the server accepts no other types (`replies`).
    """
    sandbox.allow_cpu(cpu_seconds)
    try:
        return function(*arguments)
    except CalotypeError:
        raise
    except MemoryError as error:
        raise MemoryError from error  # NumPy's is a kind of its own
    except Exception as error:
        raise RuntimeError(f"{type(error).__name__}: {error}") from error

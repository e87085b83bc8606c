"""Jobs: DBOS's, in the catalog's database, or in memory."""

from __future__ import annotations

from calotype.adapters.jobs.memory import MemoryJobs

__all__ = ["MemoryJobs"]

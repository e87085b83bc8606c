"""What went wrong, for an agent: the stable code, the cause, and what to do about it. Pure."""

from __future__ import annotations

from typing import Any

from calotype.dialects.imgpro.modern_errors import error_of
from calotype.errors import CalotypeError


def told(error: CalotypeError) -> dict[str, Any]:
    """Give img.pro's error object, and what to do."""
    shown = error_of(error)
    assert isinstance(shown, dict)  # noqa: S101 - it is JSON's object
    return {**shown, "fix": error.fix} if error.fix else shown


def sentence(error: CalotypeError) -> str:
    """Say in one line which error it is, why, and what to do."""
    reasons = "; ".join(f"{name}: {', '.join(each)}" for name, each in error.fields.items())
    cause = error.message
    if reasons and reasons not in cause:
        cause = f"{cause.rstrip('.')}: {reasons}."
    return f"{error.code}: {cause}{f' {error.fix}' if error.fix else ''}"

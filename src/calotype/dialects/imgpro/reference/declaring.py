"""What an endpoint declares about itself: who may call it, what it takes, and every answer it gives. Values only.

Law: a declaration holds no number that a setting or a rule of the domain holds; it names the schema that has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from calotype.domain.workspaces import Ability
from calotype.web.reference.declaring import FORM, JSON, Answer, Body, Json, Parameter

__all__ = ["FORM", "JSON", "Access", "Answer", "Body", "Group", "Json", "Operation", "Parameter"]


class Group(StrEnum):
    """Where the reference lists an endpoint."""

    IMAGES = "Images"
    MEDIA = "Media (first generation)"
    ACCOUNT = "Keys and usage"
    APPS = "Apps"
    DELIVERY = "Delivery"


class Access(StrEnum):
    """Who may call an endpoint."""

    ANYBODY = "anybody"
    OPTIONAL = "anybody, or a key"
    READ = "a key that may read"
    WRITE = "a key that may write"
    APP = "an app's secret"

    @property
    def ability(self) -> Ability | None:
        """Name the ability that the key needs, if it is one of the two."""
        return {Access.READ: Ability.READ, Access.WRITE: Ability.WRITE}.get(self)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    name: str
    """Unique, for generated clients."""
    group: Group
    access: Access
    summary: str
    about: str
    answers: Mapping[int, Answer]
    parameters: tuple[Parameter, ...] = ()
    bodies: tuple[Body, ...] = ()
    refusals: frozenset[str] = field(default_factory=frozenset)
    """Codes of errors, beside those that its access and its body bring along."""
    acting: bool = True
    """Whether an app may say for which of its users it asks."""

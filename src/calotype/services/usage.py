"""Usage against the plan: how a workspace stands, and what whoever comes to the end of it is told.

Law: an early look only spares work. What decides is the reservation in the transaction of the row.
"""

from __future__ import annotations

from collections.abc import Iterable

from calotype.domain.plans import (
    NO_QUOTA,
    TEST_STAGE,
    Plan,
    Quota,
    Standing,
    Usage,
    next_larger,
    plan_of,
    plans_of,
)
from calotype.domain.workspaces import Ability, Workspace
from calotype.errors import Action, NotConfigured, QuotaExceeded
from calotype.ports import Platform
from calotype.services import links
from calotype.services.access import Caller
from calotype.services.links import Purpose
from calotype.settings import Settings


def plan_for(settings: Settings, workspace: Workspace) -> Plan:
    """Find the plan of *workspace*; one that the settings name no more counts as the starting plan.

    Raises:
        NotConfigured: that is not there either.
    """
    if workspace.is_test:
        return TEST_STAGE
    return plan_of(settings.plans, workspace.plan) or starting_plan(settings)


def starting_plan(settings: Settings) -> Plan:
    """Find the plan that accounts and users of apps begin with.

    Raises:
        NotConfigured: the setting names none.
    """
    plan = plan_of(settings.plans, settings.starting_plan)
    if plan is None:
        raise NotConfigured(f"starting_plan: there is no plan {settings.starting_plan!r}.")
    return plan


def quota_of(settings: Settings, workspace: Workspace) -> Quota:
    """Say what uploads of *workspace* are held to. Anonymous ones are strangers': each expires on its own."""
    return NO_QUOTA if workspace.is_anonymous else plan_for(settings, workspace).quota


async def standing(platform: Platform, workspace: Workspace) -> Standing:
    """Say what *workspace* has used by now, against its plan."""
    now = platform.clock()
    used = await platform.meter.usage(workspace.id, now)
    return Standing(plan_for(platform.settings, workspace), used, now)


async def shown(platform: Platform, caller: Caller) -> Standing:
    """Show *caller* how their own workspace stands.

    Raises:
        Unauthorized, Forbidden: a key with the read ability is needed.
    """
    caller.need(Ability.READ)
    return await standing(platform, caller.workspace)


async def standings(platform: Platform, workspaces: Iterable[Workspace]) -> dict[str, Standing]:
    """Say of each of *workspaces*, by its id, what `standing` says."""
    now = platform.clock()
    used = await platform.meter.usages(now)
    return {
        each.id: Standing(plan_for(platform.settings, each), used.get(each.id, Usage()), now)
        for each in workspaces
    }


async def check_room(platform: Platform, caller: Caller, size: int = 1) -> None:
    """Look whether one more upload of at least *size* bytes would fit, before work is done for it.

    Raises:
        QuotaExceeded: it would not.
    """
    if quota_of(platform.settings, caller.workspace) == NO_QUOTA:
        return
    now = await standing(platform, caller.workspace)
    if not now.has_room(size):
        raise _exceeded(platform, caller.workspace, now)


async def refusal(platform: Platform, workspace: Workspace) -> QuotaExceeded:
    """Word the refusal of an upload for which the reservation found no room."""
    return _exceeded(platform, workspace, await standing(platform, workspace))


def _exceeded(platform: Platform, workspace: Workspace, now: Standing) -> QuotaExceeded:
    message = "Monthly upload limit reached." if now.uploads_remaining == 0 else "Storage limit reached."
    return QuotaExceeded(message, standing=now, action=_action(platform, workspace, now.plan))


def _action(platform: Platform, workspace: Workspace, plan: Plan) -> Action:
    """Name the way to more room: to prove the address, else the next larger plan, else whoever runs this."""
    settings = platform.settings
    if not workspace.verified:
        return Action("verify", f"{settings.base_url}/verify", "Verify your e-mail address")
    larger = next_larger(plan, plans_of(settings.plans).values())
    if larger is None:
        return Action("redirect", settings.upgrade_url or f"{settings.base_url}/plans", "See your options")
    query = links.sign(platform, Purpose.UPGRADE, workspace.id)
    url = settings.upgrade_url or f"{settings.base_url}/upgrade/{larger.name}?{query}"
    return Action("upgrade", url, f"Upgrade to {larger.label}{_for(larger)}")


def _for(plan: Plan) -> str:
    return "" if plan.uploads is None else f" for {plan.uploads:,} uploads"

"""The page about plans is true: its table, its settings and its examples are what the code says."""

import json
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from calotype.dialects.imgpro.errors import usage_of
from calotype.dialects.imgpro.usage import document
from calotype.domain.plans import DEFAULTS, GIB, Plan, Standing, Usage, plan_of, plans_of
from calotype.settings import PlanChange, Settings

PAGE = (Path(__file__).parents[2] / "docs" / "plans.md").read_text()
NOVEMBER = datetime(2026, 11, 21, tzinfo=UTC)


def row(plan: Plan) -> str:
    uploads = "no limit" if plan.uploads is None else f"{plan.uploads:,}"
    storage = "no limit" if plan.storage_bytes is None else size(plan.storage_bytes)
    lives = [
        "for good" if days is None else f"{days} days"
        for days in (plan.retention_days, plan.unverified_retention_days)
    ]
    return f"| `{plan.name}` | {uploads} | {storage} | {lives[0]} | {lives[1]} |"


def size(number: int) -> str:
    return f"{number // (1024 * GIB)} TiB" if number >= 1024 * GIB else f"{number // GIB} GiB"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_table_of_plans_is_that_of_the_code():
    assert [row(plan) for plan in DEFAULTS.values() if row(plan) not in PAGE] == []


def test_everything_that_can_be_changed_of_a_plan_is_explained():
    explained = re.findall(r"^\| `(\w+)` \| [A-Z]", PAGE, re.MULTILINE)
    assert explained == list(PlanChange.model_fields)


def test_the_example_of_usage_is_what_is_answered():
    shown = json.loads(blocks("json")[0])
    assert shown == document(Standing(DEFAULTS["free"], Usage(42, 142, 52_428_800), NOVEMBER), verified=True)


def test_the_example_of_a_refusal_tells_usage_as_it_is_told():
    shown = json.loads(blocks("json")[1])
    used = Standing(DEFAULTS["free"], Usage(100, 7, 52_428_800), NOVEMBER)
    assert shown["usage"] == usage_of(used)


def test_the_example_of_settings_can_be_read():
    settings = Settings(**tomllib.loads(blocks("toml")[0]))
    assert plan_of(settings.plans, "pro") == Plan("pro", "Pro ($10 a month)", uploads=1_000)
    assert plan_of(settings.plans, "partner") == Plan(
        "partner", "Partner", max_file_bytes=20_000_000, retention_days=365, offered=False
    )
    assert list(plans_of(settings.plans)) == [*DEFAULTS, "partner"]

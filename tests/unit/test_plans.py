"""Plans: the defaults, what an operator changes of them, and how usage stands against one."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from calotype.domain.plans import (
    DEFAULTS,
    NO_QUOTA,
    Lifetime,
    Plan,
    Quota,
    Standing,
    Usage,
    month_of,
    next_larger,
    next_month,
    plan_of,
    plans_of,
)
from calotype.settings import PlanChange, Settings

GIB = 1_073_741_824
NOVEMBER = datetime(2026, 11, 21, 12, tzinfo=UTC)


def days(number: float) -> timedelta:
    return timedelta(days=number)


def standing(uploads: int | None, used: int, storage: int | None = None, stored: int = 0) -> Standing:
    return Standing(Plan("p", "P", uploads, storage), Usage(used, 1, stored), NOVEMBER)


def test_the_default_plans_are_those_of_the_contract():
    table = {name: (plan.uploads, plan.storage_bytes, plan.retention_days) for name, plan in DEFAULTS.items()}
    assert table == {
        "free": (100, 5 * GIB, None),
        "pro": (1_000, 50 * GIB, None),
        "team": (10_000, 500 * GIB, None),
        "business": (100_000, 5_120 * GIB, None),
        "unlimited": (None, None, None),
    }


def test_a_change_replaces_what_it_names_and_keeps_the_rest():
    changed = plans_of({"pro": PlanChange(label="Pro ($10/mo)", storage_bytes="unlimited")})
    assert changed["pro"] == Plan("pro", "Pro ($10/mo)", uploads=1_000, storage_bytes=None)
    assert changed["free"] == DEFAULTS["free"]


def test_a_plan_that_only_the_settings_name_limits_what_they_say():
    assert plan_of({"club": PlanChange(uploads=5)}, "club") == Plan("club", "Club", uploads=5)
    assert plan_of({}, "club") is None


def test_plans_are_settings(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "calotype.toml").write_text('[plans.pro]\nuploads = 7\nretention_days = "unlimited"\n')
    assert plan_of(Settings().plans, "pro").uploads == 7
    monkeypatch.setenv("CALOTYPE_PLANS", '{"free": {"storage_bytes": 0}}')
    assert plan_of(Settings().plans, "free").storage_bytes == 0


@pytest.mark.parametrize(
    "plans",
    [
        {"Pro": {}}, {"a b": {}}, {"": {}}, {"pro": {"uploads": -1}}, {"pro": {"uploads": "many"}},
        {"pro": {"retention_days": 0}}, {"pro": {"colour": "red"}}, {"pro": {"label": ""}}, {"pro": 3},
        {"pro": {"storage_bytes": 2**63}},
    ],
)  # fmt: skip
def test_a_plan_that_makes_no_sense_is_no_setting(plans):
    with pytest.raises(ValidationError):
        Settings(plans=plans)


@pytest.mark.parametrize(
    ("plan", "larger"),
    [("free", "pro"), ("pro", "team"), ("team", "business"), ("business", None), ("unlimited", None)],
)
def test_the_next_larger_plan_is_the_smallest_on_offer_that_allows_more(plan, larger):
    found = next_larger(DEFAULTS[plan], DEFAULTS.values())
    assert (found.name if found else None) == larger


def test_a_plan_that_is_not_offered_is_nobodys_next_one():
    plans = plans_of({"pro": PlanChange(offered=False)})
    assert next_larger(plans["free"], plans.values()).name == "team"


def test_more_storage_for_as_many_uploads_is_larger():
    plans = plans_of({"free-plus": PlanChange(uploads=100, storage_bytes=6 * GIB)})
    assert next_larger(plans["free"], plans.values()).name == "free-plus"


@pytest.mark.parametrize(
    ("quota", "size", "fits"),
    [
        (NO_QUOTA, 10**15, True),
        (Quota(uploads=4), 1, True),
        (Quota(uploads=3), 1, False),
        (Quota(storage_bytes=15), 5, True),
        (Quota(storage_bytes=15), 6, False),
        (Quota(uploads=3, storage_bytes=1000), 1, False),
    ],
)
def test_a_quota_has_room_to_its_last_upload_and_byte(quota, size, fits):
    assert quota.has_room(Usage(uploads=3, stored=2, stored_bytes=10), size) is fits


def test_what_remains_is_never_less_than_nothing():
    assert standing(100, 40, 1000, 400).uploads_remaining == 60
    assert standing(100, 40, 1000, 400).storage_remaining_bytes == 600
    assert standing(100, 140, 1000, 1400).uploads_remaining == 0
    assert standing(100, 140, 1000, 1400).storage_remaining_bytes == 0
    assert (standing(None, 40).uploads_remaining, standing(None, 40).storage_remaining_bytes) == (None, None)


@pytest.mark.parametrize(
    ("moment", "month", "resets_at"),
    [
        (datetime(2026, 11, 30, 23, 59, 59, 999_999, UTC), "2026-11", datetime(2026, 12, 1, tzinfo=UTC)),
        (datetime(2026, 12, 1, tzinfo=UTC), "2026-12", datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2028, 2, 29, 12, tzinfo=UTC), "2028-02", datetime(2028, 3, 1, tzinfo=UTC)),
        (datetime(2027, 1, 31, tzinfo=UTC), "2027-01", datetime(2027, 2, 1, tzinfo=UTC)),
        (
            datetime(2026, 12, 1, 1, tzinfo=timezone(timedelta(hours=2))),
            "2026-11",
            datetime(2026, 12, 1, tzinfo=UTC),
        ),
    ],
)
def test_months_are_calendar_months_of_utc(moment, month, resets_at):
    assert (month_of(moment), next_month(moment)) == (month, resets_at)


@pytest.mark.parametrize(
    ("plan", "ttl", "verified", "expected"),
    [
        (DEFAULTS["free"], None, True, Lifetime(None, provisional=False)),
        (DEFAULTS["free"], days(90), True, Lifetime(days(90), provisional=False)),
        (DEFAULTS["free"], None, False, Lifetime(days(30), provisional=True)),
        (DEFAULTS["free"], days(90), False, Lifetime(days(30), provisional=False)),
        (DEFAULTS["free"], days(2), False, Lifetime(days(2), provisional=False)),
        (DEFAULTS["unlimited"], None, False, Lifetime(None, provisional=False)),
        (Plan("p", "P", retention_days=7), None, True, Lifetime(days(7), provisional=False)),
        (Plan("p", "P", retention_days=7), None, False, Lifetime(days(7), provisional=False)),
        (Plan("p", "P", retention_days=90), days(200), False, Lifetime(days(30), provisional=False)),
    ],
)
def test_an_image_lives_as_long_as_its_sender_its_plan_and_its_verification_allow(
    plan, ttl, verified, expected
):
    assert plan.lifetime(ttl, verified=verified) == expected

"""Policies in words: every one can be read as it is shown, and nothing else can be read."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from calotype.domain.policies import POLICIES, read_policies, show_policies
from calotype.domain.workspaces import OriginalPolicy, Policy, Workspace
from calotype.errors import Invalid

WORKSPACE = Workspace("w", "home", "abc", datetime(2026, 1, 1, tzinfo=UTC))


def test_a_workspace_begins_with_the_defaults():
    assert show_policies(WORKSPACE) == {
        "plan": "unlimited",
        "originals": "blank-gps",
        "auto_avif": "off",
        "quality": "default",
        "restrict_unsigned": "off",
        "restrict_unnamed": "off",
        "variant_budget": "default",
        "max_age_s": "default",
    }


@pytest.mark.parametrize(
    ("name", "word", "value"),
    [
        ("plan", "pro", "pro"),
        ("originals", "keep", OriginalPolicy.KEEP),
        ("auto_avif", "on", True),
        ("restrict_unsigned", "TRUE", True),
        ("restrict_unnamed", "no", False),
        ("quality", "1", 1),
        ("quality", "default", None),
        ("variant_budget", "0", 0),
        ("max_age_s", "31536000", 31_536_000),
    ],
)
def test_a_policy_is_read_from_its_word(name, word, value):
    assert read_policies({name: word}) == {name: value}


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("plan", ""), ("plan", "Pro!"), ("originals", "burn"), ("auto_avif", "1"), ("auto_avif", ""),
        ("quality", "0"), ("quality", "101"),
        ("quality", "-1"), ("quality", "7e1"), ("quality", "\u0667"), ("variant_budget", "1000001"),
        ("max_age_s", "9" * 5000), ("slug", "other"), ("id", "x"),
    ],
)  # fmt: skip
def test_any_other_word_is_refused_by_the_policys_name(name, word):
    with pytest.raises(Invalid) as error:
        read_policies({name: word})
    assert error.value.fields.keys() == {name}


def test_everything_that_is_wrong_is_said_at_once():
    with pytest.raises(Invalid) as error:
        read_policies({"quality": "x", "auto_avif": "on", "colour": "blue"})
    assert error.value.fields.keys() == {"quality", "colour"}


def test_what_is_shown_can_be_read_back():
    chosen = replace(WORKSPACE, auto_avif=True, quality=70, variant_budget=0, originals=OriginalPolicy.KEEP)
    assert replace(WORKSPACE, **read_policies(show_policies(chosen))) == chosen


def test_the_planners_part_of_a_workspace_is_what_shapes_bytes():
    chosen = replace(WORKSPACE, auto_avif=True, quality=70, restrict_unsigned=True)
    assert chosen.policy == Policy(OriginalPolicy.BLANK_GPS, auto_avif=True, quality=70)


def test_every_policy_is_a_field_and_says_what_it_is_for():
    assert all(hasattr(WORKSPACE, name) and policy.meaning for name, policy in POLICIES.items())

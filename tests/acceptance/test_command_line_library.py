"""Commands about workspaces, names and images, typed beside a running server and without one."""

import asyncio
import json
import re
import sqlite3
from dataclasses import replace

import pytest

import pictures
from calotype import bootstrap
from calotype.domain.policies import POLICIES
from calotype.services import workspaces
from calotype.settings import Settings
from catalog_rows import picture

POLICIES_AT_FIRST = {
    "plan": "unlimited",
    "originals": "blank-gps",
    "auto_avif": False,
    "quality": None,
    "restrict_unsigned": False,
    "restrict_unnamed": False,
    "variant_budget": None,
    "max_age_s": None,
}


@pytest.fixture
def image(typed):
    """The id of an image of 4000 x 3000 pixels at /trips/a.heic of the workspace `default`."""

    async def plant():
        async with bootstrap.open_seeded(Settings()) as platform:
            home = await workspaces.find(platform, "default")
            asset = replace(picture(1), workspace_id=home.id, folder="/trips/", file_name="a.heic")
            return (await platform.catalog.add_asset(asset, platform.clock)).id

    return asyncio.run(plant())


# Key pairs


def test_a_pair_is_printed_by_its_halves_the_public_one_first(typed):
    done = typed("keys", "create", "--api", "imagekit")
    assert re.fullmatch(r"public_[a-z0-9]{40}\nprivate_[a-z0-9]{40}\n", done.out)


def test_a_pair_as_json_says_where_its_urls_begin(typed):
    made = json.loads(
        typed("keys", "create", "--api", "imagekit", "--json", base_url="https://i.example").out
    )
    assert (made["api"], made["url_endpoint"]) == ("imagekit", "https://i.example/ik/default")
    [listed] = json.loads(typed("keys", "list", "--json").out)
    assert listed == {name: made[name] for name in made if name not in {"private_key", "url_endpoint"}}


@pytest.mark.parametrize(("stage", "workspace"), [("live", "default"), ("test", "default-test")])
def test_a_key_of_img_processing_begins_with_its_stage_and_belongs_to_its_workspace(typed, stage, workspace):
    made = json.loads(typed("keys", "create", "--api", "img-processing", "--stage", stage, "--json").out)
    [listed] = json.loads(typed("keys", "list", "--workspace", workspace, "--json").out)
    assert re.fullmatch(rf"{stage}_[a-z0-9]{{40}}", made["key"])
    assert (listed["id"], listed["api"]) == (made["id"], "img-processing")


def test_the_private_half_is_nowhere_in_the_database(typed, tmp_path):
    private = json.loads(typed("keys", "create", "--api", "imagekit", "--json").out)["private_key"]
    with sqlite3.connect(tmp_path / "data" / "calotype.db") as database:
        dump = "\n".join(database.iterdump())
    database.close()
    assert private[:17] in dump
    assert private[17:] not in dump


# Workspaces and plans


def test_a_workspace_is_made_listed_and_shown_with_its_policies(typed):
    made = json.loads(typed("workspaces", "create", "acme", "--json").out)
    assert (made["slug"], made["policies"]) == ("acme", POLICIES_AT_FIRST)
    assert made in json.loads(typed("workspaces", "list", "--json").out)
    assert json.loads(typed("workspaces", "show", "acme", "--json").out) == made


def test_policies_are_chosen_by_name(typed):
    done = typed("workspaces", "set", "default", "restrict_unsigned=on", "quality=75", "--json")
    assert json.loads(done.out)["policies"] == {**POLICIES_AT_FIRST, "restrict_unsigned": True, "quality": 75}
    shown = typed("workspaces", "show", "default").out
    assert re.search(r"restrict unsigned|restrict_unsigned +on", shown)
    assert re.search(r"quality +75 ", shown)


def test_a_workspace_is_put_on_a_plan_and_its_usage_is_told(typed):
    done = typed("workspaces", "set", "default", "plan=pro", "--json")
    shown = json.loads(done.out)
    assert (shown["policies"]["plan"], shown["verified"]) == ("pro", True)
    assert shown["usage"] == {"uploads": 0, "stored": 0, "stored_bytes": 0}
    assert re.search(r"uploads this month +0 of 1,000 ", typed("workspaces", "show", "default").out)
    assert re.search(r"default +\w+ +pro +0 +0 +0 ", typed("workspaces", "list").out)


def test_plans_are_listed_and_shown_as_the_settings_have_them(typed):
    changed = {"plans": '{"pro": {"uploads": 2000}, "club": {"offered": false}}'}
    found = {plan["name"]: plan for plan in json.loads(typed("plans", "list", "--json", **changed).out)}
    assert list(found) == ["free", "pro", "team", "business", "unlimited", "club"]
    assert (found["pro"]["uploads"], found["club"]["offered"]) == (2000, False)
    assert re.search(r"pro +Pro +2,000 +53,687,091,200 +unlimited", typed("plans", "list").out)
    assert json.loads(typed("plans", "show", "unlimited", "--json").out)["workspaces"] == 2


def test_a_plan_that_is_not_there_is_said_in_one_line(typed):
    done = typed("plans", "show", "gold")
    assert (done.status, done.out) == (1, "")
    assert "There is no plan 'gold'" in done.err


@pytest.mark.parametrize(
    ("plans", "complaint"),
    [
        ("lots", "CALOTYPE_PLANS: Input should be JSON"),
        (
            '{"pro": {"uploads": -1}}',
            "CALOTYPE_PLANS_PRO_UPLOADS: Input should be greater than or equal to 0",
        ),
        ('{"pro": {"uploads": "many"}}', "CALOTYPE_PLANS_PRO_UPLOADS: Input should be a valid integer"),
        ('{"pro": {"price": 10}}', "CALOTYPE_PLANS_PRO_PRICE: Extra inputs are not permitted"),
    ],
)
def test_plans_that_make_no_sense_are_said_in_one_line(typed, plans, complaint):
    done = typed("plans", "list", plans=plans)
    assert (done.status, done.out, len(done.err.splitlines())) == (1, "", 1)
    assert complaint in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("create", "Acme"), "slug: 1 to 63 lower-case letters"),
        (("create", "default"), "slug: 'default' is taken"),
        (("show", "nowhere"), "There is no workspace 'nowhere'."),
        (("set", "default", "quality"), "'quality' is not written NAME=VALUE"),
        (
            ("set", "default", "quality=0", "colour=red"),
            "quality: 1 to 100, or default; colour: is no policy",
        ),
        (("set", "default", "slug=other"), "slug: is no policy"),
        (("set", "default", "plan=gold"), "plan: one of free, pro, team, business, unlimited"),
    ],
)
def test_what_no_workspace_can_be_is_said_in_one_line(typed, arguments, words):
    done = typed("workspaces", *arguments)
    assert (done.status, done.out, len(done.err.splitlines())) == (1, "", 1)
    assert words in done.err


def test_every_policy_is_in_the_documentation(request):
    page = (request.config.rootpath / "docs" / "commands.md").read_text()
    rows = [f"| `{name}` | {policy.words} | {policy.meaning} |" for name, policy in POLICIES.items()]
    assert [row for row in rows if row not in page] == []


# Named transformations


def test_a_name_is_added_changed_listed_and_removed(typed):
    assert typed("transformations", "add", "thumb", "w-300").out == "n-thumb stands for w-300\n"
    typed("transformations", "add", "thumb", "tr:w-200,h-100")
    [listed] = json.loads(typed("transformations", "list", "--json").out)
    assert (listed["name"], listed["value"]) == ("thumb", "w-200,h-100")
    assert typed("transformations", "remove", "thumb").status == 0
    assert json.loads(typed("transformations", "list", "--json").out) == []


def test_a_key_that_urls_would_ignore_is_said_and_the_name_is_added(typed):
    done = typed("transformations", "add", "thumb", "w-300,colour-red")
    assert (done.status, done.out) == (0, "n-thumb stands for w-300,colour-red\n")
    assert "colour-red" in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "a b", "w-300"), "name: 1 to 100 letters, digits, underscores and hyphens"),
        (("add", "thumb", ""), "value: 1 to 4,096 characters"),
        (("add", "thumb", "w-wide"), "w-wide"),
        (("add", "thumb", "n-other"), "cannot name another"),
        (("remove", "thumb"), "There is no transformation 'thumb' in the workspace 'default'."),
    ],
)
def test_what_no_name_can_stand_for_is_said_in_one_line(typed, arguments, words):
    done = typed("transformations", *arguments)
    assert (done.status, done.out, len(done.err.splitlines())) == (1, "", 1)
    assert words in done.err


# Images


def test_an_image_is_shown_by_its_path_and_by_its_id(typed, image):
    shown = json.loads(typed("assets", "show", "/trips/a.heic", "--json").out)
    assert shown == json.loads(typed("assets", "show", image, "--json").out)
    assert (shown["id"], shown["path"], shown["visibility"]) == (image, "/trips/a.heic", "public")
    assert (shown["width"], shown["height"], shown["focus"]) == (4000, 3000, None)
    assert "/trips/a.heic" in typed("assets", "show", image).out


@pytest.mark.parametrize("door", ["public", "unlisted", "private", "draft"])
def test_a_door_is_set(typed, image, door):
    assert json.loads(typed("assets", "set", image, f"--{door}", "--json").out)["visibility"] == door


def test_a_focus_is_set_and_taken_away_and_a_path_is_left(typed, image):
    done = typed("assets", "set", "/trips/a.heic", "--focus", "100,50,640,480", "--path", "/b.heic", "--json")
    assert (json.loads(done.out)["focus"], json.loads(done.out)["path"]) == ([100, 50, 640, 480], "/b.heic")
    assert typed("assets", "show", "/trips/a.heic").status == 1
    assert json.loads(typed("assets", "set", "/b.heic", "--focus", "none", "--json").out)["focus"] is None


def test_what_moderation_holds_takes_no_other_change_before_it_is_cleared(typed, image):
    assert json.loads(typed("assets", "set", image, "--block", "--json").out)["moderation"] == "blocked"
    assert json.loads(typed("assets", "show", image, "--json").out)["moderation"] == "blocked"
    refused = typed("assets", "set", image, "--private")
    assert (refused.status, refused.err) == (1, "Error: This image is blocked: it is served to nobody.\n")
    done = json.loads(typed("assets", "set", image, "--clear", "--private", "--json").out)
    assert (done["moderation"], done["visibility"]) == (None, "private")
    done = json.loads(typed("assets", "set", image, "--public", "--lock", "--json").out)
    assert (done["moderation"], done["visibility"]) == ("locked", "public")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Say what to set"),
        (("--private", "--draft"), "Choose one of --public, --unlisted, --private and --draft."),
        (("--lock", "--clear"), "Choose one of --lock, --block and --clear."),
        (("--focus", "1,2,3"), "focus: four whole numbers of pixels"),
        (("--focus", "0,0,4001,1"), "inside the picture (4000 x 3000 pixels)"),
        (("--path", "b.heic"), "path: absolute"),
        (
            ("--workspace", "anonymous", "--draft"),
            "There is no image '/trips/a.heic' in the workspace 'anonymous'.",
        ),
    ],
)
def test_what_no_image_can_be_is_said_in_one_line(typed, image, arguments, words):
    done = typed("assets", "set", "/trips/a.heic", *arguments)
    assert (done.status, done.out, len(done.err.splitlines())) == (1, "", 1)
    assert words in done.err


def test_access_ends_at_the_next_request_after_a_command_beside_the_server(served):
    uploaded = served.upload(pictures.jpeg()).json()
    assert served.client.get(uploaded["src"]).status_code == 200
    assert served.json("assets", "set", uploaded["path"], "--private")["visibility"] == "private"
    assert served.client.get(uploaded["src"]).status_code == 404

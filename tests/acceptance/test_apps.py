"""Apps, from the command that registers one to the suspension of it, on a real server of two processes."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from connecting import connected
from served import CALOTYPE, Served
from test_readme import Reader, examples

import pictures

pytestmark = pytest.mark.slow

BACK = "https://album.example/back"
PHOTO = pictures.jpeg(64, 48)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Served(tmp_path_factory.mktemp("apps"), workers=2) as served:
        yield served


@pytest.fixture(scope="module")
def app(server):
    return server.json("apps", "create", "Album", "--redirect-uri", BACK)


def acting(app, user=None):
    return {"Authorization": f"Bearer {app['secret']}", **({"X-Img-User": user} if user else {})}


def exchange(server, app, code):
    return httpx.post(f"{server.url}/v1/apps/exchange", json={"code": code}, headers=acting(app), timeout=60)


def user_of(server, app, email):
    return exchange(server, app, connected(server, app["id"], BACK, "s", email)["code"]).json()


def upload(server, app, user=None):
    files = {"file": ("photo.jpg", PHOTO)}
    return server.client.post("/v1/images", files=files, headers=acting(app, user))


def listed(server, app, user=None):
    answer = server.client.get("/v1/images", headers=acting(app, user))
    return [each["id"] for each in answer.json()["data"]] if answer.status_code == 200 else answer.json()


def test_the_whole_way_from_the_link_to_the_users_images(server, app):
    back = connected(server, app["id"], BACK, "af0ifjsldkj %0a&", "ann@example.com")
    assert back["state"] == "af0ifjsldkj %0a&"
    user = exchange(server, app, back["code"]).json()
    assert (user["email"], user["email_verified"]) == ("ann@example.com", True)
    made = upload(server, app, user["id"])
    assert (made.status_code, made.json()["expires_at"]) == (201, None)
    assert server.fetch(made.json()["url"]).status_code == 200
    assert listed(server, app, user["id"]) == [made.json()["id"]]
    assert listed(server, app) == []
    me = server.client.get("/v1/users/me", headers=acting(app, user["id"])).json()
    assert me == user


def test_the_first_image_counts_against_the_plan_of_its_user(server, app):
    user = user_of(server, app, "counted@example.com")["id"]
    upload(server, app, user)
    usage = server.client.get("/v1/usage", headers=acting(app, user)).json()
    assert (usage["limits"]["images"]["used"], usage["plan"]) == (1, "free")


def test_of_twenty_exchanges_at_once_in_two_processes_one_is_answered(server, app):
    code = connected(server, app["id"], BACK, "s", "raced@example.com")["code"]
    with ThreadPoolExecutor(20) as clients:
        answers = list(clients.map(lambda _: exchange(server, app, code), range(20)))
    assert sorted(each.status_code for each in answers) == [200, *[422] * 19]


def test_a_suspended_app_stops_at_once_in_every_process_and_goes_on_when_resumed(server):
    app = server.json("apps", "create", "Stopped", "--redirect-uri", BACK)
    user = user_of(server, app, "ann@example.com")["id"]
    assert server.run("apps", "suspend", app["id"]).stdout == f"{app['id']} is suspended.\n"
    codes = {
        httpx.get(f"{server.url}/v1/images", headers=acting(app, user)).json()["error"]["code"]
        for _ in range(8)
    }
    assert codes == {"app_suspended"}
    link = {"app": app["id"], "redirect_uri": BACK, "state": "s"}
    assert server.client.get("/connect", params=link).status_code == 403
    server.run("apps", "resume", app["id"])
    assert listed(server, app, user) == []


def test_a_rotated_secret_stops_at_once(server):
    app = server.json("apps", "create", "Rotated")
    new = server.json("apps", "rotate", app["id"])
    assert listed(server, app)["error"]["code"] == "unauthorized"
    assert listed(server, new) == []


def test_secrets_and_codes_are_in_no_log(server, app):
    code = connected(server, app["id"], BACK, "s", "logged@example.com")["code"]
    exchange(server, app, code)
    log = server.log()
    assert code not in log
    assert app["secret"] not in log


# --- the commands ----------------------------------------------------------------------------------


def test_an_app_is_registered_with_its_id_and_secret_on_a_line_each(typed):
    app_id, secret = typed("apps", "create", "Album", "--redirect-uri", BACK).out.splitlines()
    assert re.fullmatch(r"[a-z0-9]{8}", app_id)
    assert re.fullmatch(r"img_sk_live_[a-z0-9]{40}", secret)


def test_apps_are_listed_without_their_secrets(typed):
    made = json.loads(typed("apps", "create", "My [album]", "--redirect-uri", BACK, "--json").out)
    assert json.loads(typed("apps", "list", "--json").out) == [
        {name: value for name, value in made.items() if name != "secret"}
    ]
    table = typed("apps", "list").out
    assert ("My [album]" in table, made["secret"] in table) == (True, False)


def test_the_secret_of_an_app_is_told_apart_among_the_keys_of_its_storage(typed):
    made = json.loads(typed("apps", "create", "Album", "--json").out)
    [key] = json.loads(typed("keys", "list", "--workspace", made["workspace"], "--json").out)
    assert (key["api"], key["starts_with"]) == ("app", made["secret"][:17])


def test_what_an_app_is_called_and_where_it_leads_can_be_set(typed):
    made = json.loads(typed("apps", "create", "Album", "--redirect-uri", BACK, "--json").out)
    words = ("--redirect-uri", "https://a.example", "--redirect-uri", "http://localhost:3000/x")
    assert "https://a.example" in typed("apps", "set", made["id"], "--name", "Photos", *words).out
    [app] = json.loads(typed("apps", "list", "--json").out)
    assert (app["name"], app["redirect_uris"]) == ("Photos", ["https://a.example", "http://localhost:3000/x"])


def test_a_blocked_app_is_resumed_by_the_operator(typed):
    app_id = typed("apps", "create", "Album").out.split()[0]
    assert typed("apps", "block", app_id).out == f"{app_id} is blocked.\n"
    assert typed("apps", "suspend", app_id).out == f"{app_id} is blocked.\n"
    assert typed("apps", "resume", app_id).out == f"{app_id} is active.\n"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("set", "APP"), "Name what to change: --name or --redirect-uri."),
        (("set", "APP", "--redirect-uri", "http://evil.example"), "is not an https URL"),
        (("create", ""), "name: 1 to 60 characters"),
        (("create", "X", "--account", "nobody@example.com"), "There is no verified account"),
        (("list", "--account", "nobody"), "email: one e-mail address"),
        (("rotate", "unknown0"), "There is no app 'unknown0'."),
        (("users", "../../x"), "There is no app '../../x'."),
        (("disconnect", "unknown0"), "There is no connected user 'unknown0'."),
    ],
)
def test_what_cannot_be_is_said_in_one_line(typed, command, words):
    app_id = typed("apps", "create", "Album").out.split()[0]
    done = typed("apps", *(app_id if word == "APP" else word for word in command))
    assert (done.status, words in done.err, len(done.err.splitlines())) == (1, True, 1)


def test_the_operator_sees_and_disconnects_users(server):
    app = server.json("apps", "create", "Seen", "--redirect-uri", BACK)
    user = user_of(server, app, "ann@example.com")["id"]
    [seen] = server.json("apps", "users", app["id"])
    assert (seen["id"], seen["email"], seen["workspace"]) == (user, "ann@example.com", f"user-{user}")
    assert server.run("apps", "disconnect", user).stdout == f"{user} is disconnected.\n"
    assert listed(server, app, user)["error"]["code"] == "workspace_unavailable"
    assert user_of(server, app, "ann@example.com")["id"] == user
    assert listed(server, app, user) == []


def test_an_app_belongs_to_the_account_that_it_was_made_for(server):
    user_of(server, server.json("apps", "create", "First", "--redirect-uri", BACK), "owner@example.com")
    made = server.json("apps", "create", "Owned", "--account", "owner@example.com")
    assert [each["id"] for each in server.json("apps", "list", "--account", "owner@example.com")] == [
        made["id"]
    ]


# --- the guide -------------------------------------------------------------------------------------


def test_the_guide_shows_what_its_lines_answer(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(pictures.jpeg(3000, 2000))
    (tmp_path / ".venv").symlink_to(CALOTYPE.parents[1])
    register, *others = examples("docs/apps.md")
    with Served(tmp_path) as served:
        reader = Reader(served)
        answer = reader.types(register.lines)
        reader.compares(register.shown, answer)
        app = json.loads(answer)
        code = connected(served, app["id"], BACK, "af0ifjsldkj", "ann@example.com")["code"]
        reader.knows({"img_sk_live_…": app["secret"], "k3v9…": code})
        for example in others:
            reader.compares(example.shown, reader.types(example.lines))

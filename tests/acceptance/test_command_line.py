"""The command line, typed as its help says, beside a running server and without one."""

import json
import re
import subprocess

import httpx
import pytest
from served import Served

import pictures

COMMANDS = [
    (), ("serve",), ("migrate",), ("doctor",), ("fsck",),
    ("keys",), ("keys", "create"), ("keys", "list"), ("keys", "revoke"),
    ("workspaces",), ("workspaces", "list"), ("workspaces", "create"), ("workspaces", "show"),
    ("workspaces", "set"), ("plans",), ("plans", "list"), ("plans", "show"),
    ("transformations",), ("transformations", "add"), ("transformations", "list"),
    ("transformations", "remove"), ("apps",), ("apps", "create"), ("apps", "list"), ("apps", "rotate"),
    ("apps", "set"), ("apps", "suspend"), ("apps", "block"), ("apps", "resume"), ("apps", "users"),
    ("apps", "disconnect"), ("assets",), ("assets", "show"), ("assets", "set"), ("purge",),
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_teaches_every_command_and_every_option(typed, command):
    words = re.sub(r"[│╭╮╰╯─]", " ", typed(*command, "--help").out)
    assert len(words.split("Usage:")[1].split()) > 12
    options = re.findall(r"^\s+(--[a-z-]+)(.*)$", words, re.MULTILINE)
    assert [name for name, text in options if not text.strip()] == []


# Keys


def test_a_key_is_printed_alone_so_that_a_script_can_take_it(tmp_path):
    done = Served(tmp_path).run("keys", "create", "--name", "laptop")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"img_live_[a-z0-9]{40}\n", done.stdout)


def test_a_key_as_json_says_what_it_may_do(typed):
    made = json.loads(typed("keys", "create", "--read-only", "--name", "reader", "--json").out)
    assert (made["name"], made["abilities"], made["revoked_at"]) == ("reader", ["read"], None)
    assert made["key"].startswith(made["starts_with"])


def test_keys_are_listed_without_their_secrets(typed):
    made = json.loads(typed("keys", "create", "--name", "the [old] laptop", "--json").out)
    [listed] = json.loads(typed("keys", "list", "--json").out)
    assert listed == {name: value for name, value in made.items() if name != "key"}
    table = typed("keys", "list").out
    assert (made["id"] in table, "the [old] laptop" in table, made["key"] in table) == (True, True, False)


def test_a_new_key_works_at_once_and_a_revoked_one_no_more(served):
    made = served.json("keys", "create")
    headers = {"Authorization": f"Bearer {made['key']}"}
    assert served.client.get("/v1/media", headers=headers).status_code == 200
    assert served.run("keys", "revoke", made["id"]).stdout == f"{made['id']} is revoked.\n"
    assert served.client.get("/v1/media", headers=headers).status_code == 401


def test_a_read_only_key_reads_and_changes_nothing(served):
    headers = {"Authorization": f"Bearer {served.json('keys', 'create', '--read-only')['key']}"}
    assert served.client.get("/v1/media", headers=headers).status_code == 200
    answer = served.client.post("/v1/upload", headers=headers, files={"file": pictures.jpeg()})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("keys", "create", "--workspace", "nowhere"), "There is no workspace 'nowhere'."),
        (("keys", "list", "--workspace", "[bold]"), "There is no workspace '[bold]'."),
        (("keys", "revoke", "key_aaaaaa"), "There is no active key 'key_aaaaaa'."),
        (("keys", "create", "--workspace", "anonymous"), "anonymous uploads belong to nobody"),
        (("keys", "create", "--name", ""), "name: 1 to 100 characters"),
        (("keys", "create", "--stage", "test"), "only keys of --api img-processing have one"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_with_status_1(typed, command, words):
    done = typed(*command)
    assert (done.status, done.out, len(done.err.splitlines())) == (1, "", 1)
    assert words in done.err


# Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [("port", "x"), ("port", "70000"), ("workers", "0"), ("max_pixels", "200000000"), ("log_level", "loud")],
)
def test_a_bad_setting_is_named_with_its_value(typed, name, value):
    done = typed("doctor", **{name: value})
    assert (done.status, done.out) == (1, "")
    assert re.fullmatch(rf"CALOTYPE_{name.upper()}: .+ \(got '{value}'\)\n", done.err)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("portt = 8000", "CALOTYPE_PORTT: Extra inputs are not permitted"),
        ('max_pixels = "many"', "CALOTYPE_MAX_PIXELS: "),
        ("port = = 8000", "calotype.toml: Invalid value (at line 1, column 8)"),
        ("[server]\nport = 1", "CALOTYPE_SERVER: "),
    ],
)
def test_a_bad_line_of_calotype_toml_is_named(typed, tmp_path, line, words):
    (tmp_path / "calotype.toml").write_text(line)
    done = typed("migrate")
    assert (done.status, len(done.err.splitlines())) == (1, 1)
    assert done.err.startswith(words)


def test_a_line_of_calotype_toml_counts_unless_the_environment_says_otherwise(typed, tmp_path):
    (tmp_path / "calotype.toml").write_text('data_dir = "here"\nworkers = 0')
    assert typed("migrate", workers=1).status == 0
    assert (tmp_path / "here" / "calotype.db").exists()


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("database_url", "mysql://u:hunter2@h/d", "mysql"),
        ("database_url", "postgresql://u:hunter2@127.0.0.1:1/d", "database"),
        ("blob_url", "ftp://somewhere", "'ftp' is none of"),
        ("blob_url", "file://relative", "a local folder is written file:///absolute/path"),
    ],
)
def test_a_store_that_cannot_be_used_is_named_without_its_password(typed, setting, value, words):
    done = typed("fsck", **{setting: value})
    assert (done.status, len(done.err.splitlines())) == (1, 1)
    assert (words in done.err, "hunter2" in done.err) == (True, False)


def test_a_data_directory_that_cannot_be_made_is_named(typed, tmp_path):
    (tmp_path / "file").write_text("")
    done = typed("migrate", data_dir=tmp_path / "file" / "data")
    assert (done.status, len(done.err.splitlines())) == (1, 1)
    assert str(tmp_path / "file" / "data") in done.err


# Looking after it


def test_migrating_twice_is_migrating_once(typed):
    assert [typed("migrate") for _ in range(2)] == [(0, "The database is up to date.\n", "")] * 2


def test_the_doctor_finds_that_everything_works(tmp_path):
    checks = {check["what"]: check for check in Served(tmp_path).json("doctor")}
    assert [check for check in checks.values() if not check["ok"]] == []
    assert {"installed", "data directory", "database", "store of images", "probe render"} < checks.keys()
    assert {"decode heic", "decode svg", "encode avif", "worker: memory"} < checks.keys()
    assert re.fullmatch(
        r"\d+ ms for a WebP of \d+ bytes, in a worker process", checks["probe render"]["finding"]
    )


def test_the_doctor_says_it_to_people_too_and_may_be_called_beside_the_server(served):
    done = served.run("doctor")
    assert done.returncode == 0
    assert "can be written" in " ".join(done.stdout.split())
    assert served.client.get("/readyz").status_code == 200


def test_fsck_of_a_sound_store_changes_nothing_and_of_a_damaged_one_ends_with_status_2(tmp_path):
    with Served(tmp_path) as served:
        served.upload(pictures.jpeg())
    report = served.json("fsck", "--verify")
    assert (report["blobs"], report["versions"], report["deleted"]) == (1, 1, 0)
    assert served.run("fsck").stdout.endswith("Nothing was changed.\n")
    next((tmp_path / "data" / "blobs").rglob("original")).unlink()
    done = served.run("fsck")
    assert (done.returncode, "missing" in done.stdout) == (2, True)


def test_the_curl_line_of_the_first_start_works_when_pasted(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(pictures.jpeg())
    with Served(tmp_path) as served:
        curl = re.search(r"^ +(curl .*)$", served.printed, re.MULTILINE)[1]
        done = subprocess.run(
            ["sh", "-c", f"{curl} -s"], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        made = json.loads(done.stdout)
        assert httpx.get(made["src"]).content == (tmp_path / "photo.jpg").read_bytes()

"""`calotype accounts`: making, listing and verifying them."""

from __future__ import annotations

import json

import pytest

ANN = "ann@example.com"


def made(typed, email: str = ANN) -> dict:
    return json.loads(typed("accounts", "create", email, "--json").out)


@pytest.mark.parametrize("command", ["create", "list", "verify"])
def test_help_teaches_each_command(typed, command):
    assert len(typed("accounts", command, "--help").out.split("Usage:")[1].split()) > 12


def test_an_operator_makes_an_account_that_is_verified(typed):
    account = made(typed, "Ann@Example.com")
    assert account["email"] == ANN
    assert account["plan"] == "free"
    assert account["verified_at"] == account["created_at"]


def test_made_again_it_is_the_same_account(typed):
    assert made(typed) == made(typed)


def test_the_operator_signs_in_to_the_workspace_that_was_there(typed):
    account = json.loads(typed("accounts", "create", ANN, "--workspace", "default", "--json").out)
    assert (account["workspace"], account["plan"]) == ("default", "unlimited")
    refused = typed("accounts", "create", "bob@example.com", "--workspace", "default")
    assert refused.err == "Error: workspace: 'default' has an account already\n"


@pytest.mark.parametrize("slug", ["anonymous", "nowhere"])
def test_what_belongs_to_nobody_is_given_to_nobody(typed, slug):
    refused = typed("accounts", "create", ANN, "--workspace", slug)
    assert (refused.status, slug in refused.err) == (1, True)
    assert typed("accounts", "list", "--json").out == "[]\n"


def test_accounts_are_listed_with_their_workspaces(typed):
    account = made(typed)
    assert json.loads(typed("accounts", "list", "--json").out) == [account]
    assert account["workspace"] in typed("workspaces", "list").out
    assert ANN in typed("accounts", "list").out


def test_what_is_no_address_ends_in_one_line(typed):
    refused = typed("accounts", "create", "ann")
    assert refused.status == 1
    assert refused.err == "Error: email: one e-mail address, such as ann@example.com\n"


def test_an_unknown_account_ends_in_one_line(typed):
    refused = typed("accounts", "verify", "nobody@example.com")
    assert refused.status == 1
    assert refused.err == "Error: There is no account 'nobody@example.com'.\n"


def test_an_account_of_the_api_is_verified_by_its_address_and_then_keeps_its_images(served):
    key = served.client.post("/v1/keys", json={"email": ANN}).json()
    headers = {"Authorization": f"Bearer {key['key']}"}
    assert served.client.get("/v1/usage", headers=headers).json()["verified"] is False
    done = served.run("accounts", "verify", ANN)
    assert done.stdout.startswith(f"{ANN} is verified: account ")
    assert served.client.get("/v1/usage", headers=headers).json()["verified"] is True


def test_of_several_accounts_of_an_address_one_is_verified_by_its_id(served):
    for _ in range(2):
        served.client.post("/v1/keys", json={"email": "bob@example.com"})
    ids = [each["id"] for each in served.json("accounts", "list") if each["email"] == "bob@example.com"]
    refused = served.run("accounts", "verify", "bob@example.com")
    assert refused.returncode == 1
    assert [each in refused.stderr for each in ids] == [True, True]
    assert served.json("accounts", "verify", ids[1])["id"] == ids[1]

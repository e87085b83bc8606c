"""A server that requires HTTPS: pages lead there, and what could have leaked a key is refused."""

from __future__ import annotations

import httpx
import pytest
from pydantic import ValidationError
from starlette.responses import PlainTextResponse

from calotype import app
from calotype.dialects import imgpro
from calotype.settings import Settings
from calotype.web.https_only import HttpsOnly

BEARER = {"Authorization": "Bearer img_live_" + "a" * 40}


def client(scheme: str = "http", **settings: object) -> httpx.AsyncClient:
    chosen = Settings(
        **{
            "require_https": True,
            "trusted_proxies": "10.0.0.1",
            "base_url": "https://img.example",
            "cdn_url": "https://cdn.example",
            **settings,
        }
    )
    app = HttpsOnly(PlainTextResponse("inside"), chosen, imgpro.refusal)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"{scheme}://evil.example")


async def test_what_comes_by_https_passes_and_is_told_to_stay_there():
    answer = await client("https").get("/v1/media", headers=BEARER)
    assert (answer.text, answer.headers["strict-transport-security"]) == ("inside", "max-age=31536000")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_page_leads_to_the_configured_host(method: str):
    answer = await client().request(method, "/abc?x=1&y=a%20b")
    assert (answer.status_code, answer.headers["location"]) == (308, "https://img.example/abc?x=1&y=a%20b")
    assert "strict-transport-security" not in answer.headers


async def test_a_picture_leads_to_its_own_host():
    answer = await client().get("/xyz/abc.jpg?size=s", headers={"Host": "CDN.example"})
    assert answer.headers["location"] == "https://cdn.example/xyz/abc.jpg?size=s"


@pytest.mark.parametrize("path", ["//evil.example/", "/%0d%0aSet-Cookie:x", '/"><script>', "/\\evil.example"])
async def test_no_path_leads_elsewhere(path: str):
    request = httpx.Request("GET", "http://h/")
    request.extensions["target"] = path.encode()
    answer = await client().send(request)
    assert answer.headers["location"].startswith("https://img.example/")
    assert not set('"<>\r\n\\ ') & set(answer.headers["location"])


async def test_a_page_below_a_path_is_found_there():
    answer = await client(base_url="https://img.example/photos").get("/abc")
    assert answer.headers["location"] == "https://img.example/photos/abc"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/media"),
        ("GET", "/v1/images/x"),
        ("POST", "/v1/upload"),
        ("POST", "/mcp"),
        ("GET", "/mcp"),
        ("GET", "/img-processing/v1/images"),
    ],
)
async def test_a_call_of_the_api_is_refused_and_never_redirected(method: str, path: str):
    answer = await client().request(method, path)
    assert (answer.status_code, "location" in answer.headers) == (403, False)


async def test_the_refusal_is_worded_as_the_path_does():
    flat, nested = [(await client().get(path)).json() for path in ("/v1/media", "/v1/images")]
    message = "This server is to be called by HTTPS alone."
    assert flat == {"error": "https_required", "message": message}
    assert nested["error"] == {"type": "permission_error", "code": "https_required", "message": message}


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/img-processing/v1/images", "application/problem+json"),
        ("/img-processing-notes", "application/json"),
        ("/v1/upload", "application/json"),
    ],
)
async def test_the_application_words_a_refusal_as_the_api_below_whose_path_it_is(path: str, media_type: str):
    settings = Settings(require_https=True, trusted_proxies="10.0.0.1", base_url="https://img.example")
    inside = HttpsOnly(PlainTextResponse("inside"), settings, app._refusal(settings))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(inside), base_url="http://img.example"
    ) as http:
        answer = await http.post(path)
    assert (answer.status_code, answer.headers["content-type"]) == (403, media_type)


async def test_what_carries_a_key_is_refused_wherever_it_goes():
    assert (await client().get("/abc", headers=BEARER)).status_code == 403


async def test_a_form_is_not_sent_again():
    assert (await client().post("/account/sign-in", data={"code": "123456"})).status_code == 403


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_probes_come_as_they_are(path: str):
    assert (await client().get(path)).text == "inside"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"require_https": True, "base_url": "https://x.example"}, "needs tls_cert, or trusted_proxies"),
        ({"require_https": True, "trusted_proxies": "10.0.0.1"}, "begin with https"),
        (
            {
                "require_https": True,
                "trusted_proxies": "10.0.0.1",
                "base_url": "https://x.example",
                "cdn_url": "http://y.example",
            },
            "begin with https",
        ),
        ({"tls_key": "key.pem"}, "tls_key needs tls_cert"),
    ],
)
def test_settings_that_would_shut_everybody_out_are_refused(settings: dict[str, object], reason: str):
    with pytest.raises(ValidationError, match=reason):
        Settings(**settings)


def test_with_a_certificate_links_begin_with_https():
    settings = Settings(tls_cert="cert.pem", port=8443)
    assert (settings.base_url, settings.cdn_url) == ("https://127.0.0.1:8443", "https://127.0.0.1:8443/cdn")

"""HTML pages: their templates, their nonces and their headers, for every part of the server that has some.

Law: a page carries no script or style but our own, named by a nonce that is used once; nobody may frame it; and
what people wrote is text in it, never markup.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import urlsplit

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from calotype.ports import Platform
from calotype.web import static_files
from calotype.web.wording import human_bytes

# A page must come anew each time: a nonce that is used twice protects nothing, and a picture that is
# no longer public must be gone at the next request.
FRESH = "private, no-cache"

HEADERS = {
    **static_files.HEADERS,
    "Cache-Control": FRESH,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}


class Site:
    """Makes pages from the templates of one package, which may extend `base.html` and use `pieces.html`."""

    def __init__(self, platform: Platform, package: str) -> None:
        """Load the templates; a missing variable in one is an error, never an empty string."""
        self._platform = platform
        settings = platform.settings
        # Links within the site name no host at all: they work by whatever name it was reached.
        self.root = urlsplit(settings.base_url).path
        self.templates = Environment(
            loader=ChoiceLoader([PackageLoader(package), PackageLoader("calotype.web")]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.templates.filters["human_bytes"] = human_bytes
        self.templates.globals.update(
            settings=settings,
            root=self.root,
            static=f"{self.root}/static/{static_files.shipped().digest}",
        )

    def page(
        self,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        forms_to: str = "",
        **values: object,
    ) -> Response:
        """Fill *template* with *values*; *headers* come beside those of every page, or replace them.

        *forms_to* is an origin that its forms may end at, by a redirect, beside our own.
        """
        nonce = base64.urlsafe_b64encode(self._platform.random(18)).decode()
        policy = content_security_policy(nonce, self._platform.settings.cdn_url, forms_to)
        html = self.templates.get_template(template).render(nonce=nonce, **values)
        return HTMLResponse(html, status, {**HEADERS, "Content-Security-Policy": policy, **(headers or {})})


def content_security_policy(nonce: str, cdn_url: str, forms_to: str = "") -> str:
    """Allow what carries *nonce*, images from here and from the CDN, uploads to here, and nothing else."""
    cdn = urlsplit(cdn_url)
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            f"style-src 'nonce-{nonce}'",
            f"img-src 'self' {cdn.scheme}://{cdn.netloc}",
            "connect-src 'self'",
            f"form-action 'self' {forms_to}".rstrip(),
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        )
    )

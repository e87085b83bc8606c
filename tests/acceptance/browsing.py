"""A real browser for acceptance tests: where it is, how it is started, and what is asked of every page."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

ARTIFACTS = Path(__file__).parents[2] / "artifacts"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE, DESK = (360, 780), (1280, 860)

OpenPage = Callable[..., Page]


@contextmanager
def watched_pages(browser: Browser, server: str) -> Iterator[OpenPage]:
    """Open pages, and afterwards prove that none met an error, broke its policy or left the server."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def request_seen(url: str) -> None:
        if urlsplit(url).scheme != "blob" and not url.startswith(f"{server}/"):
            complaints.append(f"asked for {url}")

    def open_page(path: str, size: tuple[int, int] = DESK, **options: object) -> Page:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: request_seen(request.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None,
        )
        page.goto(f"{server}{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def photograph(page: Page, name: str) -> None:
    """Keep a screenshot for people to look at."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)


def seen(image: Locator) -> bool:
    """Wait for *image*, and say whether it shows something."""
    expect(image).to_be_visible()
    image.evaluate("image => image.decode()")
    return image.evaluate("image => image.naturalWidth > 0 && image.clientWidth > 0")


def width_of(page: Page) -> int:
    """Say how wide the page is laid out; wider than its window, it scrolls sideways."""
    return page.evaluate("document.documentElement.scrollWidth")


def too_faint(page: Page) -> list[str]:
    """List the texts whose contrast to what is behind them is below WCAG 2.2's level AA, and what it is."""
    return page.evaluate(_TOO_FAINT)


# Relative luminance and contrast as WCAG 2.2 defines them; 3 is enough from 24 px, or 18.66 px in bold. What lies
# on a drawing (the front page's plate) has a background that no style tells.
_TOO_FAINT = """() => {
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (value) => (value /= 255, value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const solid = (colour) => colour.length < 4 || colour[3] === 1;
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = channels(getComputedStyle(each).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) {
        if (!solid(colour)) throw new Error("a translucent background: " + each.outerHTML.slice(0, 80));
        return colour;
      }
    }
    return getComputedStyle(document.documentElement).colorScheme === "dark" ? [0, 0, 0] : [255, 255, 255];
  };
  const contrast = (one, other) => {
    const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const faint = [];
  const judge = (words, style, element) => {
    const size = parseFloat(style.fontSize);
    const enough = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    const found = contrast(channels(style.color), behind(element));
    if (found < enough) faint.push(`${words.slice(0, 40)}: ${found.toFixed(2)}`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility() || element.closest(".plate, svg, script, noscript")) continue;
    judge(node.data.trim(), getComputedStyle(element), element);
  }
  for (const field of document.querySelectorAll("input, textarea")) {
    if (!field.checkVisibility() || field.closest(".plate")) continue;
    judge(field.value || field.name, getComputedStyle(field), field);
    if (field.placeholder) judge(field.placeholder, getComputedStyle(field, "::placeholder"), field);
  }
  return faint;
}"""

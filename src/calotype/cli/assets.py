"""`calotype assets`: looking at one image of the library, and setting what no API sets yet."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from calotype.cli.output import AsJson, iso, print_fields, print_json
from calotype.cli.session import Slug, in_workspace
from calotype.domain.assets import Asset, Moderation
from calotype.domain.paths import read_path
from calotype.domain.visibility import Visibility
from calotype.domain.workspaces import Workspace
from calotype.errors import Invalid
from calotype.operations.base import Box
from calotype.ports import Platform
from calotype.services import library, moderation
from calotype.services.access import operator
from calotype.services.library import Change, Words

app = typer.Typer(no_args_is_help=True, help="Show and set one image of a workspace.")

Which = Annotated[
    str, typer.Argument(help="The image's path, such as /trips/photo.jpg, or its id.", metavar="PATH_OR_ID")
]
_FOCUS = re.compile(r"[0-9]{1,6},[0-9]{1,6},[0-9]{1,6},[0-9]{1,6}")
_NOTHING = "none"


@app.command("show")
def show(which: Which, workspace: Slug = "default", as_json: AsJson = False) -> None:
    """Show what is known of an image: its id, path, size, visibility, focus and more."""

    async def work(platform: Platform, owner: Workspace) -> Asset:
        return await library.find(platform, operator(owner), which)

    _print(in_workspace(workspace, work), as_json=as_json)


@app.command("set")
def set_(  # noqa: PLR0913, PLR0917 - typer declares each option as a parameter
    which: Which,
    public: Annotated[bool, typer.Option("--public", help="For everybody, with a page.")] = False,
    unlisted: Annotated[
        bool, typer.Option("--unlisted", help="For whoever has its id; by path only with a signature.")
    ] = False,
    private: Annotated[
        bool, typer.Option("--private", help="With a key or a signature alone, at every door.")
    ] = False,
    draft: Annotated[bool, typer.Option("--draft", help="For its owner alone.")] = False,
    focus: Annotated[
        str,
        typer.Option(
            help="What crops keep: a box in pixels of the original; none: nothing named.", metavar="X,Y,W,H"
        ),
    ] = "",
    path: Annotated[str, typer.Option(help="Move it there, such as /trips/photo.jpg.", metavar="PATH")] = "",
    lock: Annotated[
        bool, typer.Option("--lock", help="Nobody may change or delete it; it does not expire from the disk.")
    ] = False,
    block: Annotated[bool, typer.Option("--block", help="Serve it to nobody, its owner included.")] = False,
    clear: Annotated[bool, typer.Option("--clear", help="Lift --lock and --block.")] = False,
    workspace: Slug = "default",
    as_json: AsJson = False,
) -> None:
    """Set who may see an image, what crops of it keep, where it is, or whether moderation holds it.

    It holds from the next request on. What is locked or blocked takes no other change before --clear.

    calotype assets set /trips/photo.jpg --private --focus 100,50,640,480
    calotype assets set /trips/photo.jpg --block
    """
    doors = {
        Visibility.PUBLIC: public, Visibility.UNLISTED: unlisted,
        Visibility.PRIVATE: private, Visibility.DRAFT: draft,
    }  # fmt: skip
    verdicts = {Moderation.LOCKED: lock, Moderation.BLOCKED: block, Moderation.NONE: clear}
    verdict = _verdict([verdict for verdict, chosen in verdicts.items() if chosen])
    words = _words([door for door, chosen in doors.items() if chosen], focus, path)
    if not words and verdict is None:
        raise Invalid("Say what to set: a door, --focus, --path, --lock, --block or --clear.")

    async def work(platform: Platform, owner: Workspace) -> Asset:
        return await _changed(platform, owner, which, words, verdict)

    _print(in_workspace(workspace, work), as_json=as_json)


async def _changed(
    platform: Platform, owner: Workspace, which: str, words: Words, verdict: Moderation | None
) -> Asset:
    """Lift what moderation holds it by first, for it takes no change before, and hold it last."""
    caller = operator(owner)
    asset = await library.find(platform, caller, which)
    if verdict is Moderation.NONE:
        asset = await moderation.judge(platform, asset, verdict)
    if words:
        asset = await library.update(platform, caller, asset.id, Change(words))
    if verdict:
        asset = await moderation.judge(platform, asset, verdict)
    return asset


def _words(doors: list[Visibility], focus: str, path: str) -> Words:
    """Gather what was typed.

    Raises:
        Invalid: two doors were, or what is no box or no path.
    """
    words = Words()
    if len(doors) > 1:
        raise Invalid("Choose one of --public, --unlisted, --private and --draft.")
    if doors:
        words["visibility"] = doors[0]
    if focus:
        words["focus"] = _focus(focus)
    if path:
        words["folder"], words["file_name"] = read_path(path)
    return words


def _verdict(chosen: list[Moderation]) -> Moderation | None:
    """Give the one that was typed; None for none.

    Raises:
        Invalid: two were.
    """
    if len(chosen) > 1:
        raise Invalid("Choose one of --lock, --block and --clear.")
    return chosen[0] if chosen else None


def _focus(typed: str) -> Box | None:
    if typed == _NOTHING:
        return None
    if not _FOCUS.fullmatch(typed.replace(" ", "")):
        raise Invalid.field("focus", "four whole numbers of pixels: left, top, width, height, or none")
    return Box(*(int(number) for number in typed.split(",")))


def _print(asset: Asset, *, as_json: bool) -> None:
    facts = asset.version.facts
    fields: dict[str, Any] = {
        "id": asset.id,
        "name": asset.name,
        "path": asset.path,
        "visibility": asset.visibility.value,
        "moderation": asset.moderation.value or None,
        "focus": None if asset.focus is None else list(asset.focus),
        "format": facts.format.value,
        "width": facts.width,
        "height": facts.height,
        "frames": facts.frames,
        "size": asset.version.size,
        "namespace": asset.namespace,
        "tags": list(asset.tags),
        "external_id": asset.external_id,
        "date": asset.date,
        "metadata": dict(asset.metadata),
        "created_at": iso(asset.created_at),
        "updated_at": iso(asset.updated_at),
        "expires_at": iso(asset.expires_at),
    }
    if as_json:
        print_json(fields)
    else:
        print_fields(fields)

"""Reading a transformation: its syntax turned into the core's words, and what became of each token. Pure.

Law: unknown keys are ignored and noted; malformed values are refused with token and position; what a step says in
another order, by an alias or by a default comes to the same Transformation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from calotype.dialects.imagekit import values
from calotype.dialects.imagekit.appearance import APPEARANCE, backdrop, effects
from calotype.dialects.imagekit.conditions import condition
from calotype.dialects.imagekit.encoding import ENCODING, encoding
from calotype.dialects.imagekit.given import NO_HINTS, Given, Hints, Notes, Spelling, reading
from calotype.dialects.imagekit.grammar import (
    Budget,
    Chain,
    Conditional,
    Item,
    Items,
    Layer,
    Parameter,
    parse,
)
from calotype.dialects.imagekit.layers import IMAGE, layer
from calotype.dialects.imagekit.sizing import AUTO, SIZING, sizing
from calotype.domain.formats import Format
from calotype.domain.transformations import OutputWish, Transformation
from calotype.domain.words import Word
from calotype.operations.background import Background
from calotype.operations.base import Operation
from calotype.operations.colours import BLACK
from calotype.operations.round import Round
from calotype.operations.steps import Branch, Step, Steps

NAMED = "n"
MATTE = BLACK
"""What fills transparent areas in a format without transparency, where no `bg` does (contract, 3.7)."""
_VIDEO = {key: Spelling(str, "video") for key in ("so", "eo", "du", "vc", "ac", "sr")}
_WHOLE: dict[str, Spelling] = {
    **ENCODING,
    "di": Spelling(values.path, "the image to show when this one is missing"),
    "c2pa": Spelling(str, "content credentials"),
}
"""What concerns the whole URL, whichever step it stands in."""
PICTURE: dict[str, Spelling] = {**SIZING, **APPEARANCE, **_WHOLE, **_VIDEO}
"""Every key that the picture itself understands."""
_BRANCH: dict[str, Spelling] = {**SIZING, **APPEARANCE, **_VIDEO}

HINT_HEADERS = {"w": ("sec-ch-width", "sec-ch-dpr"), "dpr": ("sec-ch-dpr",)}
"""Request headers that `auto` of a key depends on."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a URL asks for, in the core's words."""

    transformation: Transformation
    words: tuple[Word, ...] = ()
    """What became of each token, in the order of the URL."""
    default_image: str = ""
    """Path of what is shown when the file is missing; empty for none."""
    names: tuple[str, ...] = ()
    """Named transformations that were used."""
    unnamed: bool = False
    """Whether anything is asked for that no name stands for."""
    content_dpr: float | None = None
    """What `Content-DPR` says."""
    vary: tuple[str, ...] = ()
    """Request headers that the answer depends on, beside Accept."""


class Draft:
    """Transformations as they were written: cut into steps, not yet understood."""

    def __init__(self, chains: Iterable[Chain]) -> None:
        """Cut all *chains* of a URL, which share its limits.

        Raises:
            Invalid: the syntax is wrong, or a limit is passed.
        """
        self._budget = Budget()
        self._steps = [items for chain in chains for items in parse(chain, self._budget)]

    @property
    def names(self) -> tuple[str, ...]:
        """Named transformations that the URL calls."""
        return tuple(
            dict.fromkeys(each.value or "" for each in _parameters(self._steps) if each.key == NAMED)
        )

    @property
    def unnamed(self) -> bool:
        """Whether the URL says anything else."""
        return any(
            not (isinstance(item, Parameter) and item.key == NAMED) for items in self._steps for item in items
        )

    def read(
        self, named: Callable[[str], str | None], hints: Hints = NO_HINTS, *, thumbnail: bool = False
    ) -> Reading:
        """Understand it; *named* gives what a name stands for, None for an unknown or disabled one.

        Raises:
            Invalid: a value is malformed, a name is unknown, or a named transformation names another.
        """
        reader = _Reader(hints)
        steps = [
            expanded
            for items in self._steps
            for expanded in _expanded(items, named, self._budget, reader.notes)
        ]
        done = reader.steps(tuple(steps), PICTURE)
        transformation = _finished(done, reader.wish, thumbnail=thumbnail)
        words = sorted(reader.notes.words, key=lambda word: (bool(word.name), word.name, word.at))
        if transformation.output.original:
            words = [_overruled(word) for word in words]
        return Reading(
            transformation,
            tuple(words),
            default_image=reader.default_image,
            names=self.names,
            unnamed=self.unnamed,
            content_dpr=reader.content_dpr,
            vary=tuple(reader.vary),
        )


def read(
    chains: Sequence[Chain],
    named: Callable[[str], str | None] = lambda _: None,
    hints: Hints = NO_HINTS,
    *,
    thumbnail: bool = False,
) -> Reading:
    """Cut and understand *chains* in one go, as `Draft` and its `read`."""
    return Draft(chains).read(named, hints, thumbnail=thumbnail)


def _finished(steps: Steps, wish: OutputWish, *, thumbnail: bool) -> Transformation:
    if wish.original:
        return Transformation((), OutputWish(original=True))
    if thumbnail:
        plain = wish.format is None and not wish.auto
        page = None if wish.page == 1 else wish.page
        wish = replace(wish, still=True, page=page, format=Format.JPEG if plain else wish.format)
    return Transformation(steps, wish)


def _overruled(word: Word) -> Word:
    if word.ignored or word.text.startswith("orig-"):
        return word
    return replace(word, meaning="ignored: the original is asked for", ignored=True)


def _parameters(steps: Iterable[Items]) -> Iterator[Parameter]:
    """List every parameter outside layers, whichever branch it is in."""
    for items in steps:
        for item in items:
            if isinstance(item, Parameter):
                yield item
            elif isinstance(item, Conditional):
                yield from _parameters((*item.then, *item.otherwise))


def _expanded(
    items: Items, named: Callable[[str], str | None], budget: Budget, notes: Notes
) -> Iterator[Items]:
    """Put what names stand for in their place: the rest of the step joins the last of its steps, and wins."""
    own: list[Item] = []
    steps: list[Items] = []
    for item in items:
        if isinstance(item, Parameter) and item.key == NAMED:
            steps += _looked_up(item, named, budget)
            notes.understood(item.token, "a named transformation")
        elif isinstance(item, Conditional):
            own.append(_with_names(item, named, budget, notes))
        else:
            own.append(item)
    if steps and own and not any(isinstance(item, Conditional) for item in steps[-1]):
        own = [*steps.pop(), *own]
    yield from steps
    if own:
        yield tuple(own)


def _with_names(
    item: Conditional, named: Callable[[str], str | None], budget: Budget, notes: Notes
) -> Conditional:
    then, otherwise = (
        tuple(step for items in branch for step in _expanded(items, named, budget, notes))
        for branch in (item.then, item.otherwise)
    )
    return replace(item, then=then, otherwise=otherwise)


def _looked_up(item: Parameter, named: Callable[[str], str | None], budget: Budget) -> tuple[Items, ...]:
    name = item.value or ""
    text = named(name)
    if text is None:
        raise item.token.refuse("there is no named transformation of this name.")
    steps = parse(Chain(text.strip().removeprefix("tr:"), name=name), budget)
    for parameter in _parameters(steps):
        if parameter.key == NAMED:
            raise parameter.token.refuse("a named transformation cannot name another.")
    return steps


class _Reader:
    """Understands steps, and gathers what concerns the whole URL."""

    def __init__(self, hints: Hints) -> None:
        self.notes = Notes()
        self.wish = OutputWish(matte=MATTE)
        self.default_image = ""
        self.content_dpr: float | None = None
        self.vary: dict[str, None] = {}
        self._hints = hints

    def steps(self, tree: tuple[Items, ...], table: dict[str, Spelling]) -> Steps:
        """Read *tree*, whose parameters *table* names; steps in which nothing is done are left out."""
        return tuple(step for items in tree for step in self._step(items, table))

    def _step(self, items: Items, table: dict[str, Spelling]) -> Iterator[Step | Branch]:
        if items and isinstance(items[0], Conditional):
            yield self._branch(items[0], table)
            return
        given = Given((item for item in items if isinstance(item, Parameter)), table, self.notes)
        operations = self._operations(given)
        layers = [layer(item, self) for item in items if isinstance(item, Layer)]
        given.close()
        yield from _laid_out((*operations, *layers))

    def _operations(self, given: Given) -> tuple[Operation, ...]:
        self._note_hints(given)
        given.ignore("only videos have it", *_VIDEO)
        given.ignore("content credentials are not written", "c2pa")
        behind = backdrop(given)
        sized = sizing(given, self._hints, behind.fill if behind.generated is None else None)
        if sized.operation is not None and given.table is not IMAGE:
            # The last size counts; of one that depends on a condition nothing can be promised.
            self.content_dpr = sized.content_dpr if given.table is PICTURE else None
        if not sized.padded and behind.colour is None:
            given.ignore("there is no padding to fill", "bg")
        painted = [behind.generated] if sized.padded and behind.generated else []
        self.default_image = given.get("di", self.default_image)
        self.wish = encoding(given, self.wish)
        own = [sized.operation] if sized.operation is not None else []
        return (*own, *painted, *effects(given, behind))

    def _note_hints(self, given: Given) -> None:
        for key, headers in HINT_HEADERS.items():
            if given.get(key) == AUTO:
                self.vary |= dict.fromkeys(headers)

    def _branch(self, node: Conditional, table: dict[str, Spelling]) -> Branch:
        any_of = reading(node.token, condition, node.condition)
        for parameter in _parameters((*node.then, *node.otherwise)):
            if table is PICTURE and parameter.key in _WHOLE:
                raise parameter.token.refuse(
                    "it concerns the whole picture, and has no place in a conditional."
                )
        inner = _BRANCH if table is PICTURE else table
        self.notes.understood(node.token, "a condition")
        return Branch(any_of, self.steps(node.then, inner), self.steps(node.otherwise, inner))


def _laid_out(operations: tuple[Operation, ...]) -> Iterator[Step]:
    """Make a step, or two: a background shows behind rounded corners too (contract, 3.7), which are cut after it."""
    behind = [each for each in operations if isinstance(each, Background)]
    if behind and any(isinstance(each, Round) for each in operations):
        yield Step(tuple(each for each in operations if not isinstance(each, Background)))
        yield Step(tuple(behind))
    elif operations:
        yield Step(operations)

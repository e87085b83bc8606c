"""Resolving: words turned into the primitives of a picture, one after the other, with the size after each. Pure.

Law: what only pixels know is asked for by raising `Asked`; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from calotype.domain.assets import Asset, Facts
from calotype.domain.costs import check_size
from calotype.domain.formats import Format
from calotype.domain.framing import framed, shrink_on_load
from calotype.domain.pictures import EXTENT, Drawing, Looked, Measure, Picture, Planned, Source
from calotype.errors import Invalid, NotConfigured, NotFound
from calotype.operations.base import STREAMED, Operation, Scene, Size, Unmeasured
from calotype.operations.layer import ImageSource, Layer, SolidSource, Subject, unseen
from calotype.operations.models import BACKGROUND_MODEL, SUBJECT
from calotype.operations.scale import Scale
from calotype.operations.steps import Branch, Step, Steps

STEPS = 20
LAYERS = 8
NESTING = 3
"""Limits of one transformation (security.md, 4.1)."""

Measured = Mapping[tuple[str, str], tuple[int, ...]]
"""(version id, key of a Measure) -> what the pixels said."""


class Asked(Unmeasured):
    """Only the pixels know, and this is what to look for in them."""

    def __init__(self, measure: Measure) -> None:
        super().__init__(measure.kind)
        self.measure = measure


@dataclass(slots=True)
class Progress:
    """A picture while it is being resolved, or (*drawn*) what a layer somewhere on that picture draws."""

    picture: Picture
    size: Size
    alpha: bool
    drawn: bool = False
    steps: list[Planned] = field(default_factory=list)

    def so_far(self) -> Picture:
        """The picture with the primitives that are resolved already, from the original."""
        return replace(self.picture, steps=tuple(self.steps), size=self.size)


class Resolver:
    """Resolves the pictures of one transformation, the layers' included."""

    def __init__(
        self, layers: Mapping[ImageSource, Asset], measured: Measured, models: frozenset[str] = frozenset()
    ) -> None:
        """Know the assets that *layers* name, what was *measured* before, and which settings of *models* are set."""
        self._models = models
        self._layers = layers
        self._measured = measured
        self.looked: list[Looked] = []
        """What was learned from pixels on the way, in order."""
        self._steps = 0
        self._laid = 0

    def resolved(
        self,
        asset: Asset,
        picture: Picture,
        steps: Steps,
        *,
        alpha: bool,
        parent: Size | None = None,
        depth: int = 0,
    ) -> Progress:
        """Follow *steps* on *picture* of *asset*, which is the original before any of them.

        Raises:
            Asked: a worker has to look first.
            TooManyPixels: a picture that has to be held in memory on the way is too large.
            Invalid, NotFound, NotConfigured: it cannot be done.
        """
        progress = Progress(picture, picture.size, alpha)
        begin = Scene(
            picture.size, picture.size, Size(asset.version.facts.width, asset.version.facts.height),
            parent=parent, focus=asset.focus,
        )  # fmt: skip
        return self._followed(steps, progress, begin, depth)

    def _followed(self, steps: Steps, progress: Progress, begin: Scene, depth: int) -> Progress:
        for step in self._chosen(steps, progress, begin):
            self._count_step()
            scene = replace(begin, before=progress.size)
            for word in step.ordered():
                self._word(word, progress, scene, depth)
        return progress

    def _chosen(self, steps: Steps, progress: Progress, scene: Scene) -> Iterator[Step]:
        """Walk the steps in order; a branch is judged when it is reached."""
        for step in steps:
            if isinstance(step, Branch):
                now = replace(scene, size=progress.size)
                yield from self._chosen(step.chosen(now), progress, scene)
            else:
                yield step

    def _count_step(self) -> None:
        self._steps += 1
        if self._steps > STEPS:
            raise Invalid.field("transformation", f"at most {STEPS} steps")

    def _word(self, word: Operation, progress: Progress, scene: Scene, depth: int) -> None:
        if word.needs and word.needs not in self._models:
            raise _no_model(word)
        now = replace(
            scene,
            size=progress.size,
            alpha=progress.alpha,
            measure=lambda *asked: self._look(progress, *asked),
        )
        for primitive in word.resolve(now):
            shown = self._layer(primitive, progress, depth) if isinstance(primitive, Layer) else None
            before, progress.size = progress.size, primitive.size_after(progress.size)
            if primitive.tag not in STREAMED:
                check_size(before, "A picture on the way")
                check_size(progress.size, "A picture on the way")
            progress.alpha = primitive.alpha_after(progress.alpha)
            progress.steps.append(Planned(self._placed(primitive), progress.size, shown))

    def _placed(self, primitive: Operation) -> Operation:
        """Fix what a layer's place owes to the size of the image that it shows, and drop steps that are planned."""
        if not isinstance(primitive, Layer):
            return primitive
        if primitive.is_drawn and primitive.holds_layers:
            return primitive.but(steps=())
        if type(primitive.source) is not ImageSource:
            return primitive
        facts = self._layers[primitive.source].version.facts
        return primitive.shown(Size(facts.width, facts.height))

    def _look(self, progress: Progress, kind: str, argument: int) -> tuple[int, ...]:
        if progress.drawn:
            unseen(kind, argument)
        check_size(progress.size, "A picture on the way")
        return self._answer(Measure(kind, argument, progress.so_far()))

    def _answer(self, measure: Measure) -> tuple[int, ...]:
        found = self._measured.get((measure.picture.version_id, measure.key))
        if found is None:
            raise Asked(measure)
        self.looked.append(Looked(measure.kind, measure.argument, found, measure.by))
        return found

    def _layer(self, layer: Layer, progress: Progress, depth: int) -> Picture | Drawing | None:
        """Resolve what *layer* shows on what is there so far; None for what is drawn and has no layers on it."""
        if isinstance(layer.source, Subject):
            return _mask(progress.so_far())
        self._laid += 1
        if self._laid > LAYERS:
            raise Invalid.field("layers", f"at most {LAYERS}")
        if depth >= NESTING:
            raise Invalid.field("layers", f"nested at most {NESTING} deep")
        if not isinstance(layer.source, ImageSource):
            return self._drawing(layer, progress, depth) if layer.holds_layers else None
        return self._image(layer, layer.source, progress, depth)

    def _drawing(self, layer: Layer, progress: Progress, depth: int) -> Drawing:
        """Resolve the steps of what *layer* draws, at the size that it has."""
        size = self._extent(layer, progress)
        opaque = isinstance(layer.source, SolidSource) and layer.source.colour.is_opaque
        begin = Scene(size, size, size, parent=progress.size)
        done = self._followed(
            layer.steps, Progress(progress.picture, size, not opaque, drawn=True), begin, depth + 1
        )
        check_size(done.size, "A layer")
        return Drawing(size, tuple(done.steps), done.size)

    def _extent(self, layer: Layer, progress: Progress) -> Size:
        """Say how large *layer* is drawn: a text has to be set once, whatever it lies on."""
        if isinstance(layer.source, SolidSource):
            return layer.source.extent
        text = Planned(Layer(source=layer.source), progress.size)
        width, height = self._answer(Measure(EXTENT, 0, replace(progress.picture, steps=(text,))))
        return Size(width, height)

    def _image(self, layer: Layer, source: ImageSource, progress: Progress, depth: int) -> Picture:
        asset = self._layers.get(source)
        if asset is None:
            raise NotFound(f"There is no image {source.name!r} for the layer.")
        facts = asset.version.facts
        if source.page > facts.frames:
            raise Invalid.field(
                "layer", f"its image has {facts.frames} pages, and {source.page} is asked for"
            )
        begin = from_original(asset, page=source.page)
        done = self.resolved(
            asset, begin, layer.steps, alpha=facts.alpha, parent=progress.size, depth=depth + 1
        )
        check_size(done.size, "A layer")
        return with_source(facts, done.so_far())


def _no_model(word: Operation) -> NotConfigured:
    setting = f"CALOTYPE_{word.needs.upper()}"
    why = f"{setting} is not set" if word.needs == BACKGROUND_MODEL else f"{setting} enables none for it yet"
    return NotConfigured(f"{word.tag} needs a model; {why}.")


def _mask(picture: Picture) -> Picture:
    """Stretch what a model has made of *picture* over it."""
    stretch = Planned(Scale(width=picture.size.width, height=picture.size.height), picture.size)
    mask = Measure(SUBJECT, 0, picture).mask_version
    return Picture(picture.workspace_id, mask, Source.ORIGINAL, Format.PNG, (stretch,), picture.size)


def from_original(asset: Asset, *, page: int = 1, frames: int = 1, density: float | None = None) -> Picture:
    """Begin a picture: the original as it is, a vector drawn at *density* dots per inch (72 when None)."""
    facts = asset.version.facts
    by = (density or 72.0) / 72 if facts.format is Format.SVG else 1.0
    size = Size(max(1, round(facts.width * by)), max(1, round(facts.height * by)))
    picture = Picture(asset.workspace_id, asset.version.id, Source.ORIGINAL, facts.format, (), size)
    picture = replace(picture, page=page, frames=frames)
    return _drawn_at(size, facts, picture) if facts.format is Format.SVG and density else picture


def with_source(facts: Facts, picture: Picture, *, original: bool = False) -> Picture:
    """Let the mezzanine stand in where it may; a vector is drawn at the size that it is first scaled to."""
    if facts.format is Format.SVG:
        raster = _first_size(picture.steps) or picture.raster
        if raster is None:
            return picture
        check_size(raster, "The drawing")
        return _drawn_at(raster, facts, picture)
    still = picture.frames == 1 and picture.page == 1
    found = framed(facts, picture.steps) if still and not original else None
    if found is None:
        return _shrunk(picture, Size(facts.width, facts.height), _first_size(picture.steps))
    mezzanine, framing = found
    picture = replace(picture, source=mezzanine.source, format=mezzanine.format, framing=framing)
    return _shrunk(picture, mezzanine.size, framing.to if framing.whole else None)


def _drawn_at(raster: Size, facts: Facts, picture: Picture) -> Picture:
    enlarged = raster.width > facts.width or raster.height > facts.height
    return replace(picture, raster=raster, enlarged=enlarged)


def _shrunk(picture: Picture, stored: Size, to: Size | None) -> Picture:
    """Let a JPEG that is first of all scaled as a whole come smaller than it is stored."""
    if picture.format is not Format.JPEG or to is None:
        return picture
    return replace(picture, shrink=shrink_on_load(stored, to))


def _first_size(steps: Sequence[Planned]) -> Size | None:
    return steps[0].size if steps and steps[0].operation.tag == "scale" else None

"""The effects: every operation on pixels that keeps the picture's framing, in one order.

Within a step operations run by stage, and within a stage in this order: what makes parts transparent, then tones,
colours and detail, then what is drawn over them, then shapes and their shadow.
"""

from __future__ import annotations

from calotype.operations.arc import Arc
from calotype.operations.background import Background
from calotype.operations.base import Operation
from calotype.operations.blur import Blur
from calotype.operations.border import Border
from calotype.operations.brightness import Brightness
from calotype.operations.colorize import Colorize
from calotype.operations.colour_replace import ColourReplace
from calotype.operations.contrast import Contrast
from calotype.operations.contrast_stretch import ContrastStretch
from calotype.operations.distort import Distort
from calotype.operations.duotone import Duotone
from calotype.operations.exposure import Exposure
from calotype.operations.flip import Flip
from calotype.operations.gamma import Gamma
from calotype.operations.gradient_overlay import GradientOverlay
from calotype.operations.grayscale import Grayscale
from calotype.operations.hue import Hue
from calotype.operations.invert import Invert
from calotype.operations.levels import Levels
from calotype.operations.models import MODEL_OPERATIONS
from calotype.operations.modulate import Modulate
from calotype.operations.opacity import Opacity
from calotype.operations.perspective import Perspective
from calotype.operations.pixelate import Pixelate
from calotype.operations.rotate import Rotate
from calotype.operations.round import Round
from calotype.operations.saturation import Saturation
from calotype.operations.sepia import Sepia
from calotype.operations.shadow import Shadow
from calotype.operations.sharpen import Sharpen
from calotype.operations.turn import Turn
from calotype.operations.unsharp import Unsharp
from calotype.operations.vignette import Vignette

EFFECTS: tuple[type[Operation], ...] = (
    *MODEL_OPERATIONS,
    ColourReplace,
    Levels,
    Exposure,
    Brightness,
    Contrast,
    ContrastStretch,
    Gamma,
    Saturation,
    Hue,
    Modulate,
    Grayscale,
    Sepia,
    Invert,
    Duotone,
    Colorize,
    Pixelate,
    Sharpen,
    Unsharp,
    Vignette,
    GradientOverlay,
    Distort,
    Perspective,
    Arc,
    Shadow,
    Opacity,
    Background,
    Border,
    Round,
    Rotate,
    Turn,
    Flip,
    Blur,
)

"""What an SVG may contain: the elements, attributes, CSS properties and CSS functions that are kept.

Law: an allow-list. What is not named here is removed, so what browsers learn tomorrow is removed too.
Absent on purpose: `script`, `foreignObject`, `iframe`, `audio`, `video`, `metadata`, `handler`, every `on…`
attribute, `xml:base` (it moves every reference), `target`, `ping`, `cursor` (it loads pictures).
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ANIMATIONS = _words("animate animateColor animateMotion animateTransform set")

ELEMENTS = ANIMATIONS | _words("""
    svg g defs symbol use image switch a view style title desc
    path rect circle ellipse line polyline polygon
    text tspan textPath
    linearGradient radialGradient stop pattern clipPath mask marker mpath
    filter feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting
    feDisplacementMap feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur
    feImage feMerge feMergeNode feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile
    feTurbulence
""")

TEXT_ONLY = _words("title desc style")
"""Elements whose children are dropped: HTML's parser would leave SVG inside some of them."""

PICTURES = _words("image feImage")
"""Elements that may show a raster picture from a `data:` URL."""

PRESENTATION = _words("""
    alignment-baseline baseline-shift clip-path clip-rule color color-interpolation
    color-interpolation-filters color-rendering direction display dominant-baseline fill fill-opacity
    fill-rule filter flood-color flood-opacity font-family font-size font-size-adjust font-stretch
    font-style font-variant font-weight glyph-orientation-horizontal glyph-orientation-vertical
    image-rendering letter-spacing lighting-color marker marker-end marker-mid marker-start mask mask-type
    mix-blend-mode opacity overflow paint-order pointer-events shape-rendering stop-color stop-opacity
    stroke stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit
    stroke-opacity stroke-width text-anchor text-decoration text-overflow text-rendering transform
    transform-box transform-origin unicode-bidi vector-effect visibility white-space word-spacing
    writing-mode clip enable-background isolation
""")

PROPERTIES = PRESENTATION | _words("""
    animation animation-delay animation-direction animation-duration animation-fill-mode
    animation-iteration-count animation-name animation-play-state animation-timing-function
    background background-color font font-feature-settings font-kerning font-variant-caps
    font-variant-ligatures font-variant-numeric font-variation-settings height line-height mask-image
    offset-distance offset-path r rx ry cx cy x y d rotate scale translate text-align text-indent
    text-shadow text-transform transition transition-delay transition-duration transition-property
    transition-timing-function width
""")

GEOMETRY = _words("""
    cx cy d dx dy fr fx fy height lengthAdjust path pathLength points preserveAspectRatio r rotate rx ry
    textLength transform viewBox width x x1 x2 y y1 y2 refX refY orient offset
""")

ATTRIBUTES = (
    PRESENTATION
    | GEOMETRY
    | _words("""
    id class style lang role version type media title
    aria-hidden aria-label aria-labelledby aria-describedby
    clipPathUnits filterUnits gradientTransform gradientUnits markerHeight markerUnits markerWidth
    maskContentUnits maskUnits patternContentUnits patternTransform patternUnits primitiveUnits
    spreadMethod method spacing side startOffset
    amplitude azimuth baseFrequency bias diffuseConstant divisor edgeMode elevation exponent in in2
    intercept k1 k2 k3 k4 kernelMatrix kernelUnitLength limitingConeAngle mode numOctaves operator order
    pointsAtX pointsAtY pointsAtZ preserveAlpha radius result scale seed slope specularConstant
    specularExponent stdDeviation stitchTiles surfaceScale tableValues targetX targetY values
    xChannelSelector yChannelSelector z
    accumulate additive attributeName attributeType begin by calcMode dur end fill from keyPoints
    keySplines keyTimes max min repeatCount repeatDur restart to
    requiredExtensions requiredFeatures systemLanguage zoomAndPan
    href xlink:href xlink:title xml:lang xml:space
""")
)

PLAIN_TEXT = _words("""
    class lang role title aria-hidden aria-label aria-labelledby aria-describedby xlink:title xml:lang
""")
"""Attributes that are never read as CSS."""

ANIMATED = (
    PRESENTATION
    | GEOMETRY
    | _words("""
    baseFrequency gradientTransform k1 k2 k3 k4 kernelMatrix markerHeight markerWidth numOctaves
    patternTransform radius scale seed startOffset stdDeviation surfaceScale values
""")
)
"""What an animation may change: never `href`, never `style`, never a handler."""

FUNCTIONS = _words("""
    rgb rgba hsl hsla hwb lab lch oklab oklch color color-mix calc min max clamp abs round var
    matrix matrix3d translate translatex translatey translatez translate3d rotate rotatex rotatey rotatez
    rotate3d scale scalex scaley scalez scale3d skew skewx skewy perspective
    blur brightness contrast drop-shadow grayscale hue-rotate invert opacity saturate sepia
    circle ellipse inset polygon path rect xywh ray
    cubic-bezier steps linear linear-gradient radial-gradient conic-gradient repeating-linear-gradient
    repeating-radial-gradient
""")
"""CSS functions that load nothing; `url()` is judged by itself. Not here: `image-set`, `src`, `expression`…"""

LARGEST: dict[tuple[str, str], float] = {
    ("feTurbulence", "numOctaves"): 16,  # each octave has half the amplitude: later ones are not seen
    ("feMorphology", "radius"): 10,  # costs its square for every pixel
    ("feConvolveMatrix", "order"): 16,
    ("pattern", "width"): 100_000,  # a tile is drawn whole, however little of it is seen
    ("pattern", "height"): 100_000,
    ("pattern", "patternTransform"): 10_000,
}
"""Numbers by which one element makes the renderer work for minutes, or ask for all memory."""

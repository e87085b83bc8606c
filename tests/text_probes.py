"""What tests have a worker draw."""

import hashlib


def text_digest(words: str) -> str:
    """Draw *words* and digest the pixels."""
    from calotype.engine import text
    from calotype.operations.base import Size
    from calotype.operations.layer import TextSource

    return hashlib.sha256(
        text.draw(TextSource(text=words).resolve(Size(300, 200))).numpy().tobytes()
    ).hexdigest()


def svg_digest(family: str) -> str:
    """Draw a word in *family* and digest the pixels."""
    from calotype.engine import svg

    word = f'<text y="30" font-family="{family}">Calotype</text>'
    markup = f'<svg xmlns="http://www.w3.org/2000/svg" width="99" height="40">{word}</svg>'
    return hashlib.sha256(svg.rasterise(markup.encode(), 99, 40).numpy().tobytes()).hexdigest()

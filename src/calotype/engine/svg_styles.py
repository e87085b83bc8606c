"""CSS inside an SVG, cleaned: sheets, `style` attributes and presentation attributes.

Law: the only reference that is kept is `url(#fragment)`, and the only at-rules are those that load nothing.
What is kept is written anew from its tokens, so that no escape or comment hides anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import tinycss2
from tinycss2.ast import (
    AtRule,
    CurlyBracketsBlock,
    Declaration,
    FunctionBlock,
    Node,
    ParenthesesBlock,
    ParseError,
    QualifiedRule,
    SquareBracketsBlock,
    StringToken,
    URLToken,
)

from calotype.engine.svg_allowlist import FUNCTIONS, PROPERTIES

NESTING = 16
"""How deep brackets may nest; real style sheets reach three."""

_NESTED_RULES = frozenset({"media", "supports", "keyframes", "-webkit-keyframes"})
_PLAIN = re.compile(r"(?:(?:rgba?|hsla?|translate|rotate|scale|matrix|skew[XY])\([^()\\/]*+\)|[^\\(/])*+\Z")
"""Values that need no parser: no escape, no comment, and no function but these. Most values are such."""
_BRACES = re.compile(r"[{};\\]")
"""Not in strings, so that a cleaned sheet can be split into rules by its braces."""
_DATA = re.compile(r"(url\(\s*[\"']?data:)[^\"'()\\]+", re.IGNORECASE)
_FRAGMENT = re.compile(r"#[^\s\"'()\\]+\Z")


def is_plain(text: str) -> bool:
    """Whether an attribute's value holds nothing that could be a reference, however it is read."""
    return bool(_PLAIN.match(text))


def without_data_urls(text: str) -> str:
    """Empty the `data:` URLs in a sheet: they are never kept, and embedded fonts are long to parse."""
    return _DATA.sub(r"\1", text)


def clean_value(text: str) -> tuple[str | None, list[str]]:
    """Write a presentation attribute's value anew; None: it may load something."""
    tokens = tinycss2.parse_component_value_list(text, skip_comments=True)
    return (tinycss2.serialize(tokens) if _loads_nothing(tokens) else None), []


def clean_style(text: str) -> tuple[str, list[str]]:
    """Clean a `style` attribute; answer what is kept and the names of what is not."""
    removed: list[str] = []
    kept = _declarations(
        tinycss2.parse_blocks_contents(text, skip_comments=True, skip_whitespace=True), removed
    )
    return ";".join(kept), removed


def clean_sheet(text: str) -> tuple[str, list[str]]:
    """Clean the text of a `style` element; answer what is kept and the names of what is not."""
    removed: list[str] = []
    rules = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    return "".join(_rules(rules, removed, depth=0)), removed


def _rules(rules: Iterable[Node], removed: list[str], depth: int) -> Iterator[str]:
    for rule in rules:
        kept = _rule(rule, removed, depth)
        if kept is not None:
            yield kept


def _rule(rule: Node, removed: list[str], depth: int) -> str | None:
    if isinstance(rule, QualifiedRule) and _is_selector(rule.prelude) and "\\" not in _text(rule.prelude):
        contents = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
        return f"{_text(rule.prelude)}{{{';'.join(_declarations(contents, removed))}}}"
    if isinstance(rule, AtRule) and _may_nest(rule, depth):
        inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        body = "".join(_rules(inner, removed, depth + 1))
        return f"@{rule.lower_at_keyword} {_text(rule.prelude)}{{{body}}}"
    removed.append(f"@{rule.lower_at_keyword}" if isinstance(rule, AtRule) else "rule")
    return None


def _may_nest(rule: AtRule, depth: int) -> bool:
    known = rule.lower_at_keyword in _NESTED_RULES and rule.content is not None
    return known and depth < NESTING and _is_selector(rule.prelude)


def _declarations(contents: Iterable[Node], removed: list[str]) -> list[str]:
    kept = []
    for node in contents:
        if isinstance(node, Declaration) and _is_known(node) and _loads_nothing(node.value):
            kept.append(f"{node.name}:{_text(node.value)}{' !important' if node.important else ''}")
        else:
            removed.append(node.lower_name if isinstance(node, Declaration) else "declaration")
    return kept


def _is_known(declaration: Declaration) -> bool:
    return declaration.lower_name in PROPERTIES or declaration.name.startswith("--")


def _text(tokens: Sequence[Node]) -> str:
    return str(tinycss2.serialize(tokens)).strip()


def _is_selector(tokens: Iterable[Node], depth: int = 0) -> bool:
    """Whether a prelude is well formed, without URLs and strings; its functions (`:is()`) load nothing."""
    return depth < NESTING and all(
        not isinstance(token, ParseError | URLToken | StringToken)
        and not (isinstance(token, FunctionBlock) and token.lower_name in {"url", "src"})
        and _is_selector(_inside(token), depth + 1)
        for token in tokens
    )


def _loads_nothing(tokens: Iterable[Node], depth: int = 0) -> bool:
    """Whether every function is on the allow-list and every URL is a fragment of this document."""
    return depth < NESTING and all(_is_harmless(token, depth) for token in tokens)


def _is_harmless(token: Node, depth: int) -> bool:
    if isinstance(token, ParseError):
        return False
    if isinstance(token, StringToken):
        return not _BRACES.search(token.value)
    if isinstance(token, URLToken):
        return bool(_FRAGMENT.match(token.value))
    if isinstance(token, FunctionBlock) and token.lower_name not in FUNCTIONS:
        return token.lower_name == "url" and _is_quoted_fragment(token.arguments)
    return _loads_nothing(_inside(token), depth + 1)


def _is_quoted_fragment(arguments: Sequence[Node]) -> bool:
    return (
        len(arguments) == 1
        and isinstance(arguments[0], StringToken)
        and bool(_FRAGMENT.match(arguments[0].value))
    )


def _inside(token: Node) -> Sequence[Node]:
    """List what a function or a bracket holds; nothing for every other token."""
    if isinstance(token, FunctionBlock):
        return list(token.arguments)
    if isinstance(token, ParenthesesBlock | SquareBracketsBlock | CurlyBracketsBlock):
        return list(token.content)
    return ()

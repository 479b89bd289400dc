"""Markdown that people typed, as HTML that is safe to show: in conversations and in mails."""

import re
from functools import lru_cache
from typing import Final

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

ALLOWED: Final = {
    "p", "br", "b", "strong", "em", "i", "ul", "ol", "li", "a", "blockquote", "code", "pre", "hr", "h2",
    "h3", "img",
}  # fmt: skip
SCHEMES: Final = {"http", "https", "mailto", "tel", "cid"}
PICTURE: Final = re.compile(r"!\[[^\]\n]*\]\(cid:([A-Za-z0-9_-]{1,60})\)")
BARE: Final = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


def _link_bare(state: StateCore) -> None:
    """Addresses that stand bare in the text become links."""
    for block in state.tokens:
        if block.type != "inline" or not block.children or "://" not in block.content:
            continue
        depth, found = 0, []
        for token in block.children:
            depth += token.nesting if token.type in {"link_open", "link_close"} else 0
            plain = token.type == "text" and not depth
            found += _linked(token) if plain else [token]
        block.children = found


def _linked(token: Token) -> list[Token]:
    parts, place, text = [], 0, token.content
    for match in BARE.finditer(text):
        if match.start() > place:
            parts.append(_text(text[place : match.start()]))
        opened = Token("link_open", "a", 1)
        opened.attrSet("href", match.group())
        parts += [opened, _text(match.group()), Token("link_close", "a", -1)]
        place = match.end()
    if place < len(text):
        parts.append(_text(text[place:]))
    return parts


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


# A line that somebody breaks stays broken: people write as in a mail, not as in a book.
_markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": 20, "breaks": True})
_markdown.core.ruler.after("inline", "link_bare", _link_bare)


def html_of(markdown: str, *, pictures: dict[str, str] | None = None) -> str:
    """Sanitised HTML; raw HTML in the source is shown, not run. Pictures are only those that the
    text brings with it, by `![](cid:name)`.

    `pictures`: where each of them is, by name; without it, the text is a mail and they stay parts.
    """

    def own(element: str, attribute: str, value: str) -> str | None:
        if (element, attribute) != ("img", "src"):
            return value
        if not value.startswith("cid:"):
            return None
        return value if pictures is None else pictures.get(value.removeprefix("cid:"))

    return nh3.clean(
        _markdown.render(markdown), tags=ALLOWED, url_schemes=SCHEMES, attribute_filter=own,
        attributes={"a": {"href"}, "img": {"src", "alt"}},
    )  # fmt: skip


@lru_cache(maxsize=2048)
def said(markdown: str, pictures: tuple[tuple[str, str], ...] = ()) -> SafeString:
    """`html_of` for a page; what was drawn once is not drawn again by this process."""
    return mark_safe(html_of(markdown, pictures=dict(pictures)))  # noqa: S308 - cleaned


def pictures_in(markdown: str) -> list[str]:
    """The names of the pictures that a text shows, each once."""
    return list(dict.fromkeys(PICTURE.findall(markdown)))

"""Mail that is HTML: as text to read, and as a page that is safe to show."""

import re
from html.parser import HTMLParser
from typing import Final

import nh3

LONGEST: Final = 500_000
DEEPEST: Final = 200  # 250 KB of nested elements cost the sanitiser nine seconds
MOST_TAGS: Final = 40_000  # looking at each of more takes seconds
LINK: Final = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
TAG: Final = re.compile(r"<[^<>]{0,2000}>")
BREAKS: Final = {
    "blockquote", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "table", "tr", "ul",
}  # fmt: skip
SILENT: Final = {"head", "noscript", "script", "style", "template", "title"}
DROPPED: Final = {
    "iframe", "math", "noembed", "noframes", "noscript", "object", "script", "style", "svg", "template", "title", "xmp",
}  # fmt: skip
VOID: Final = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
}  # fmt: skip
TAGS: Final = {
    "a", "abbr", "b", "blockquote", "br", "caption", "center", "code", "col", "colgroup", "dd", "del",
    "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li",
    "ol", "p", "pre", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "tt", "u", "ul",
}  # fmt: skip
ATTRIBUTES: Final = {
    "a": {"href", "title"}, "img": {"alt", "width", "height"}, "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align"}, "font": {"color"}, "*": {"dir", "lang"},
}  # fmt: skip


class _Text(HTMLParser):
    """Collects what a reader would see, with quotes marked as mails mark them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in SILENT:
            self.silent += 1
        elif tag in BREAKS:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in BREAKS:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(" ".join(data.split(" ")) if data.strip() else " ")


def as_text(html: str) -> str:
    """What a page says, a line for each block."""
    html = html[:LONGEST]
    if html.count("<") > MOST_TAGS:
        return "\n".join(" ".join(line.split()) for line in TAG.sub(" ", html).split("\n")).strip()
    reader = _Text()
    reader.feed(html)
    lines = (" ".join(line.split()) for line in "".join(reader.found).split("\n"))
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip()


class _Depth(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.depth = self.deepest = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag not in VOID:
            self.depth += 1
            self.deepest = max(self.deepest, self.depth)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self.depth = max(0, self.depth - 1)


def too_deep(html: str) -> bool:
    if html.count("<") > MOST_TAGS:
        return True
    counter = _Depth()
    counter.feed(html)
    return counter.deepest > DEEPEST


def _whole(element: str, attribute: str, value: str) -> str | None:
    """Links with a scheme of ours only: one without leads into the portal, or to a host that it does
    not seem to. Pictures by https only: by http whoever sits between sees who reads what."""
    if (element, attribute) == ("a", "href") and not LINK.match(value):
        return None
    if (element, attribute) == ("img", "src") and not value.lower().startswith("https://"):
        return None
    return value


def safe(html: str, *, images: bool) -> str:
    """`html` for a sandboxed frame: an allow-list of elements; pictures from elsewhere only if asked.

    Empty when it is too long or nested too deeply to be taken apart in time: its text is shown.
    """
    if len(html) > LONGEST or too_deep(html):
        return ""
    attributes = {tag: set(names) for tag, names in ATTRIBUTES.items()}
    if images:
        attributes["img"].add("src")
    return nh3.clean(
        html, tags=TAGS, attributes=attributes, clean_content_tags=DROPPED,
        url_schemes={"https", "http", "mailto"}, attribute_filter=_whole, link_rel="noopener noreferrer nofollow",
    )  # fmt: skip

"""XES (IEEE 1849, and 1.0 before it), read as a stream of events.

Entities, document types, the network and huge trees are off. Memory holds one event and the
attributes of its trace; a part of the file that goes on without an event is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from lxml import etree

from kit.tables import Row
from process.importing.refusals import LogRefused
from process.importing.stream import Unfolded

FEED: Final = 64 * 1024
LONGEST_PART: Final = 8 * 1024**2
IN_TRACE: Final = "case:"
NAME: Final = "concept:name"
TYPES: Final = ("string", "date", "int", "float", "boolean", "id")
STANDARD: Final = ("", "{http://www.xes-standard.org/}", "{http://www.xes-standard.org}")
# The prefixes that the standard gives; a file may choose others and name the extension.
PREFIXES: Final[Mapping[str, str]] = {
    "concept": "concept", "time": "time", "organizational": "org", "org": "org",
    "lifecycle": "lifecycle", "cost": "cost", "semantic": "semantic", "id": "identity", "identity": "identity",
    "micro": "micro",
}  # fmt: skip


@dataclass
class Head:
    """What stands above the traces: names of attributes, and how the file's makers name activities."""

    prefixes: dict[str, str] = field(default_factory=dict)  # of this file: of the standard
    of_traces: list[str] = field(default_factory=list)
    of_events: list[str] = field(default_factory=list)
    classifiers: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Event:
    """One event: its place in the file from 1, its attributes and those of its trace."""

    number: int
    values: dict[str, str]
    trace: dict[str, str]
    problem: str | None = None

    def get(self, column: str) -> str:
        """The value of a column; `case:` in front names an attribute of the trace."""
        if column.startswith(IN_TRACE):
            found = self.trace.get(column[len(IN_TRACE) :])
            return found if found is not None else self.values.get(column, "")
        return self.values.get(column, "")


def rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """The events as rows with these columns, in the order of the file.

    :raises LogRefused: while iterating, where the file is damaged or hostile.
    """
    plan = [(c, c[len(IN_TRACE) :] if c.startswith(IN_TRACE) else None) for c in columns]
    wanted = frozenset(key for c, of_trace in plan for key in (c, of_trace) if key)
    for event in Reader(path, wanted).events():
        own, trace = event.values, event.trace
        cells = [
            own.get(c, "") if key is None else (trace[key] if key in trace else own.get(c, ""))
            for c, key in plan
        ]
        yield Row(event.number, cells, event.problem)


class Reader:
    """One pass over a file; `head` is filled when the first trace is reached."""

    def __init__(self, path: Path, wanted: frozenset[str] = frozenset()) -> None:
        """:param wanted: attributes to read, with their standard prefixes; all when empty."""
        self.path, self.head, self.wanted = path, Head(), wanted
        self._number, self._traces = 0, 0
        self._trace: Any = None
        self._attributes: dict[str, str] = {}
        self._own = frozenset(space + name for space in STANDARD for name in TYPES)
        self._space: str | None = None
        self._kinds: dict[str, str] = {}

    def events(self) -> Iterator[Event]:
        """Every event, in order.

        :raises LogRefused: when this is no XES, is damaged, or tries to blow itself up.
        """
        parser = etree.XMLPullParser(
            events=("end",), tag=("{*}event", "{*}trace"), resolve_entities=False, load_dtd=False,
            no_network=True, huge_tree=False, remove_comments=True, remove_pis=True,
        )  # fmt: skip
        with Unfolded(self.path) as stream:
            silent = 0
            try:
                while block := stream.read(FEED):
                    self._no_document_type(block)
                    parser.feed(block)
                    silent += len(block)
                    for _, element in parser.read_events():
                        silent = 0
                        yield from self._seen(element)
                    if silent > LONGEST_PART:
                        raise LogRefused(_TOO_LONG.format(self._number + 1))
                root = parser.close()
            except etree.XMLSyntaxError as wrong:
                raise LogRefused(_in_words(wrong)) from wrong
            if self._space is None:
                self._begin(root.getroottree())

    def _no_document_type(self, block: bytes) -> None:
        """A log needs none, and what it declares is how small files become large."""
        if self._space is None and _DOCTYPE in block.replace(b"\0", b"").upper():
            raise LogRefused(_NO_DOCTYPE)

    def _seen(self, element: Any) -> Iterator[Event]:
        if self._space is None:
            self._begin(element.getroottree())
        kind = self._kinds.get(element.tag)
        if kind is None:
            kind = self._kinds[element.tag] = self._kind(element.tag)
        if kind == "trace":
            self._over(element)
        if kind != "event":
            return
        self._number += 1
        parent = element.getparent()
        if parent is None or _plain(parent.tag) != "trace":
            yield Event(
                self._number, {}, {}, "The event stands outside of a trace, so it has no case."
            )
        else:
            if parent is not self._trace:
                self._enter(parent, element)
            yield Event(self._number, self._read(element), self._attributes)
        element.clear()
        _forget_before(element)

    def _kind(self, tag: str) -> str:
        """“event” or “trace”; nothing for what another vocabulary calls so."""
        space, _, name = tag.rpartition("}")
        return name if (space + "}" if space else "") in {self._space, *STANDARD} else ""

    def _begin(self, tree: Any) -> None:
        if tree.docinfo.internalDTD is not None or tree.docinfo.doctype:
            raise LogRefused(_NO_DOCTYPE)
        root = tree.getroot()
        if _plain(root.tag) != "log":
            raise LogRefused("This is XML, but no event log: its first element is not “log”.")
        space = root.tag.rpartition("}")[0]
        self._space = space + "}" if space else ""
        self._own |= {self._space + name for name in TYPES}
        for element in root:
            self._of_head(element)

    def _of_head(self, element: Any) -> None:
        name = _plain(element.tag)
        if name == "extension":
            used = element.get("prefix") or ""
            known = _standard_prefix(element.get("uri") or "", element.get("name") or "")
            if used and known and used != known:
                self.head.prefixes[used] = known
        elif name == "classifier":
            keys = element.get("keys") or ""
            self.head.classifiers.append((element.get("name") or "", self._key(keys.strip(" '"))))
        elif name == "global":
            keys = [self._key(child.get("key") or "") for child in element]
            into = self.head.of_traces if element.get("scope") == "trace" else self.head.of_events
            into += [key for key in keys if key]

    def _enter(self, trace: Any, event: Any) -> None:
        """A new trace: the attributes above its first event. One without a name is named by its place."""
        self._traces += 1
        self._trace, self._attributes = trace, self._read(trace, until=event)
        if not self._attributes.get(NAME, "").strip():
            self._attributes[NAME] = f"Trace {self._traces}"

    def _over(self, trace: Any) -> None:
        if trace is not self._trace:
            self._traces += 1  # it had no events
        self._trace = None
        trace.clear()
        _forget_before(trace)

    def _read(self, element: Any, *, until: Any = None) -> dict[str, str]:
        # The standard's own name of an attribute may be another in the file: then all are read.
        wanted = None if self.head.prefixes else self.wanted or None
        found: dict[str, str] = {}
        for child in element:
            if child is until:
                break
            key = child.get("key")
            if (
                key is None
                or (wanted is not None and key not in wanted)
                or child.tag not in self._own
            ):
                continue
            value = child.get("value")
            if value is not None:
                found[key] = value
        if not self.head.prefixes:
            return found
        return {self._key(key): value for key, value in found.items()}

    def _key(self, key: str) -> str:
        prefix, colon, rest = key.partition(":")
        known = self.head.prefixes.get(prefix) if colon else None
        return f"{known}:{rest}" if known else key


_DOCTYPE: Final = b"<!DOCTYPE"
_NO_DOCTYPE: Final = (
    "The file declares a document type (DOCTYPE). A log needs none, and it can be used to do harm. "
    "Export the log without it."
)
_TOO_LONG: Final = (
    "Event {:,}, or what stands before it, takes more than 8 MB. No event of a log is that long."
)


def _plain(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


def _forget_before(element: Any) -> None:
    """What was read leaves the tree. The attributes of a trace are kept apart by then."""
    parent = element.getparent()
    if parent is None:
        return
    while element.getprevious() is not None:
        del parent[0]


def _standard_prefix(uri: str, name: str) -> str:
    last = uri.rstrip("/").rpartition("/")[2].removesuffix(".xesext").lower()
    return PREFIXES.get(last, "") or PREFIXES.get(name.strip().lower(), "")


def _in_words(wrong: etree.XMLSyntaxError) -> str:
    text = str(wrong.msg or wrong)
    if "ntity" in text and ("loop" in text or "amplification" in text or "not defined" in text):
        return "The file uses entities of its own. Export the log without them."
    if "depth" in text.lower():
        return "The attributes of the file are nested deeper than a log ever is."
    if "xmlSAX2" in text or "huge" in text.lower() or "too long" in text.lower():
        return "A value of the file is longer than a log ever holds."
    if "ncod" in text or "UTF-8" in text:
        return f"The file is not written in the encoding that it names (line {wrong.lineno:,})."
    if not wrong.lineno:
        return "The file is no XML that can be read."
    return f"The file is no sound XML: it breaks off or is damaged at line {wrong.lineno:,}."

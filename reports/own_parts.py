"""Words that somebody writes into a report."""

from typing import Final

from django import forms

from kit.reporting import Block, Options, Part, Scope

LONGEST: Final = 8000


class TextOptions(Options):
    text = forms.CharField(
        label="Text", max_length=LONGEST, widget=forms.Textarea({"rows": 8}),
        help_text="Markdown: **bold**, lists with -, links as [words](https://…).",
    )  # fmt: skip


def text(scope: Scope) -> Block:
    """What was written, as it is."""
    return Block(
        "", text=str(scope.options.get("text") or ""), empty="Nothing is written here yet."
    )


PARTS: Final = (
    Part("reports.text", "Text", "Your own words: what leadership should know, what the team agreed on.",
         "file-text", text, "", "Words", TextOptions),
)  # fmt: skip

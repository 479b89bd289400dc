"""What guests read: every phrase in every language, with the same gaps to be filled."""

import dataclasses
import re
from datetime import UTC, datetime

import pytest
from django import forms

from meetings.forms_guest import WhoForm
from meetings.words import LANGUAGES, Words, moment_in, wanted, words_in
from meetings.words.en import ENGLISH

PHRASES = [f.name for f in dataclasses.fields(Words) if f.name not in {"code", "name"}]
SAME = {"optional", "minutes", "download", "phone", "language", "maybe", "mail_choose_subject",
        "a_day", "a_moment", "short_weekdays", "weekdays", "months"}  # fmt: skip


def gaps(text):
    return sorted(re.findall(r"{(\w+)}", text))


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=lambda w: w.code)
class TestEveryLanguage:
    def test_lacks_no_phrase(self, words):
        assert [name for name in PHRASES if not getattr(words, name)] == []

    def test_has_the_same_gaps_as_english(self, words):
        texts = [n for n in PHRASES if isinstance(getattr(words, n), str)]
        assert [n for n in texts if gaps(getattr(words, n)) != gaps(getattr(ENGLISH, n))] == []

    def test_is_not_english(self, words):
        if words is not ENGLISH:
            same = {n for n in PHRASES if getattr(words, n) == getattr(ENGLISH, n)}
            assert same - SAME == set()

    def test_says_a_date(self, words):
        text = moment_in(words, datetime(2026, 3, 4, 13, 5, tzinfo=UTC), "Europe/London")
        assert "2026" in text
        assert "13:05" in text
        assert "{" not in text


def test_a_language_that_lacks_a_phrase_does_not_start():
    """The negative control."""
    said = {f.name: getattr(ENGLISH, f.name) for f in dataclasses.fields(Words)}
    del said["confirm"]
    with pytest.raises(TypeError, match="confirm"):
        Words(**said)


@pytest.mark.parametrize(
    ("asked", "header", "code"),
    [
        ("", "", "en"),
        ("", "de-CH,de;q=0.9,en;q=0.8", "de"),
        ("", "pt;q=0.9, fr;q=0.5, es;q=0.7", "es"),
        ("", "fr;q=0, nl;q=x", "en"),
        ("nl", "de", "nl"),
        ("xx", "fr", "fr"),
        ("", "," * 100_000, "en"),
    ],
)
def test_the_address_goes_before_the_browser(asked, header, code):
    assert wanted(asked, header).code == code


def test_an_unknown_language_is_english():
    assert words_in("pt-BR") is ENGLISH


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("de", "Tag wählen"),
        ("fr", "Choisissez un jour"),
        ("nl", "Kies een dag"),
        ("es", "Elija un día"),
    ],
)
def test_the_page_and_the_mail_speak_it(client, sent, page, code, words):
    from comms.models import Delivery

    assert words in client.get("/book/talk-to-us/", headers={"Accept-Language": code}).text
    sent(f"/book/talk-to-us/?lang={code}")
    mail = Delivery.objects.get(key__contains="confirmation")
    assert mail.subject == LANGUAGES[code].mail_booked_subject.format(
        title="Product demonstration: Claire Ashworth"
    )


def test_refusals_speak_it_too(sent, page):
    text = sent("/book/talk-to-us/?lang=de", name="", email="x").text
    assert "Bitte füllen Sie das aus." in text
    assert "Das ist keine E-Mail-Adresse." in text


def test_a_guests_language_stays_in_her_own_form(db):
    """Validators are shared by all forms of the process: they keep their words."""
    german = WhoForm(words_in("de"), {"email": "no address"})
    assert german.errors["email"] == [words_in("de").wrong_mail]
    ours = forms.EmailField()
    with pytest.raises(forms.ValidationError, match="valid email"):
        ours.clean("no address")
    assert WhoForm(ENGLISH, {"email": "no address"}).errors["email"] == [ENGLISH.wrong_mail]

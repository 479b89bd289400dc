"""Every form of every page: whatever is typed, no 5xx."""

import random
from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from tests.answers import let_go
from tests.browser.addresses import addresses, of_each_route
from tests.fuzz.conftest import cases

SEED = 20261124
BAD = [
    "", " ", "\0", "a\0b", "x" * 5_000, "🦑" * 300, "\u202e\u200b", "\ud800", "-1", "0", "1e309", "NaN",
    "99999999999999999999", "9" * 400, "1,5", "0x10", "2026-02-30", "9999-12-31", "0001-01-01",
    "9999-12-31T23:59:59+14:00", "{}", "[1]", "null", "true", "' OR 1=1 --", "<script>", "../../etc",
    "a@b", "x@" + "y" * 300 + ".example", "%", "\r\n\r\nX: y", "٣", "١٢",
]  # fmt: skip
FILES = [
    b"",
    b"a,b\n1",
    b"\xff\xfe\x00",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"name\n" + b"x," * 3000,
    b"%PDF-1",
]


class Forms(HTMLParser):
    """The forms of a page: [{action, method, fields: [(name, kind, [values])]}]."""

    def __init__(self):
        super().__init__()
        self.found, self.form, self.select = [], None, None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.form = {"action": attrs.get("action", ""), "fields": [],
                         "method": attrs.get("method", "get").lower()}  # fmt: skip
            self.found.append(self.form)
        elif self.form is not None and tag in {"input", "textarea", "button"} and attrs.get("name"):
            self.form["fields"].append(
                (attrs["name"], attrs.get("type", tag), [attrs.get("value") or ""])
            )
            if attrs.get("formaction"):
                self.found.append({**self.form, "action": attrs["formaction"]})
        elif self.form is not None and tag == "select" and attrs.get("name"):
            self.select = (attrs["name"], "select", [])
            self.form["fields"].append(self.select)
        elif tag == "option" and self.select is not None:
            self.select[2].append(attrs.get("value") or "")

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None


def forms_of(client, pages):
    """Every form that these pages show, once: by where it goes and what it asks."""
    found = {}
    for page in pages:
        answer = client.get(page)
        let_go(answer)
        if answer.status_code != 200 or answer.streaming:
            continue
        parser = Forms()
        parser.feed(answer.content.decode(errors="replace"))
        for form in parser.found:
            target = form["action"] or page
            names = tuple(sorted({name for name, _, _ in form["fields"]}))
            if target.startswith("/") and "logout" not in target:
                found.setdefault((target, form["method"], names), form)
    return found


def body_of(form, rng):
    """What somebody might send: as it stands, with some fields bad, missing, twice or unknown."""
    body = {}
    for name, kind, values in form["fields"]:
        if name == "csrfmiddlewaretoken" or (name == "idempotency_key" and rng.random() < 0.9):
            continue
        dice = rng.random()
        if kind == "file":
            body[name] = SimpleUploadedFile(
                rng.choice(["a.csv", "x" * 90, "odd name", "é.xlsx"]), rng.choice(FILES)
            )
        elif dice < 0.35:
            body[name] = rng.choice(BAD)
        elif dice < 0.9:
            body[name] = rng.choice(values) or rng.choice(
                ["Words", "3", "2026-12-01", "a@b.example"]
            )
        elif dice < 0.95:
            body[name] = [rng.choice(BAD), rng.choice(BAD)]
    if rng.random() < 0.1:
        body[rng.choice(["pk", "id", "__proto__", "x" * 300])] = rng.choice(BAD)
    return body


def sendable(value):
    """Lone surrogates cannot leave a browser; their bytes can."""
    if isinstance(value, list):
        return [sendable(v) for v in value]
    return (
        value.encode("utf-8", "surrogatepass")
        if isinstance(value, str) and "\ud800" in value
        else value
    )


def throw(client, form, target, rng):
    body = {name: sendable(value) for name, value in body_of(form, rng).items()}
    ask = client.post if form["method"] == "post" else client.get
    if form["method"] != "post":
        body = {k: v for k, v in body.items() if not isinstance(v, SimpleUploadedFile)}
    answer = ask(target, body)
    let_go(answer)
    return answer, body


def fuzz(users, pages, total, client_of, *, every=True):
    """Throw `total` bodies at all forms, as different people; (how many, what was a 5xx).

    Everybody opens every page, or (`every=False`) each page is opened by one of them.
    """
    rng, wrong, thrown = random.Random(SEED), {}, 0
    stock = []
    for i, user in enumerate(users):
        client = client_of(user)
        client.raise_request_exception = False
        own = pages if every else pages[i :: len(users)]
        stock += [(client, form, key[0]) for key, form in forms_of(client, own).items()]
    assert stock, "no form was found"
    while thrown < total:
        client, form, target = rng.choice(stock) if thrown >= len(stock) else stock[thrown]
        answer, body = throw(client, form, target, rng)
        thrown += 1
        if answer.status_code >= 500 and answer.status_code != 503:
            wrong.setdefault(f"{form['method']} {target}", repr(body)[:600])
    return thrown, wrong


def told(wrong):
    return f"seed {SEED}\n" + "\n".join(f"{where}\n   {body}" for where, body in wrong.items())


@pytest.fixture
def quiet(settings, monkeypatch):
    """Forms start imports and mails; nothing of that leaves the test."""
    settings.UPLOAD_MAX_BYTES = settings.IMPORT_MAX_BYTES = 100_000


def run(company, total, client_of, *, every=True):
    roles = ("admin", "coordinator", "rep", "department", "manager")
    pages = of_each_route(set(addresses()), 1000 if every else 1)
    return fuzz([company[r] for r in roles], pages, total, client_of, every=every)


def test_a_few_hundred_forms_meet_no_server_error(company, client_of, quiet):
    thrown, wrong = run(company, cases(few=600), client_of, every=False)
    assert not wrong, told(wrong)
    assert thrown >= 600


@pytest.mark.slow
def test_ten_thousand_forms_meet_no_server_error(company, client_of, quiet):
    thrown, wrong = run(company, cases(few=10_000), client_of)
    assert not wrong, told(wrong)
    assert thrown >= 10_000


# Negative control: a form whose view trusts what is typed.


def trusting(request):
    if request.method == "POST":
        return HttpResponse(str(int(request.POST["number"])))
    return HttpResponse(
        '<form method="post" action="/trusting/"><input name="number" value="3"></form>'
    )


urlpatterns = [path("trusting/", trusting)]


@pytest.mark.urls("tests.fuzz.test_forms")
def test_a_view_that_trusts_its_form_is_caught(settings):
    settings.MIDDLEWARE = []
    _, wrong = fuzz([None], ["/trusting/"], 60, lambda _: Client())
    assert set(wrong) == {"post /trusting/"}

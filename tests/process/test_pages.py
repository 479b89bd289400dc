"""The pages of process insight: what they show, who may open them, what they refuse."""

import pytest
from django.urls import reverse

from process.models import Activity, Case, ModelPath, Step, Variant
from process.services import store
from tests.process.conftest import T0

pytestmark = pytest.mark.django_db
TABS = ("map", "variants", "rework", "handovers", "waiting", "conformance", "cases")


@pytest.fixture
def log(make_log):
    return make_log(
        {
            "one": [("Ask", 0, "Ann", "desk"), ("Answer", 2, "Bob", "rep"), ("Close", 5, "Ann", "")],
            "two": [("Ask", 0, "Ann", "desk"), ("Answer", 4, "Bob", "rep"), ("Close", 5, "Ann", "")],
            "back": [("Ask", 0, "Ann", "desk"), ("Answer", 1, "Bob", "rep"), ("Ask", 3, "Ann", "desk"),
                     ("Answer", 4, "Bob", "rep"), ("Close", 9, "Ann", "")],
            "short": [("Ask", 0, "Ann", "desk"), ("Close", 1, "Ann", "")],
        }
    )  # fmt: skip


@pytest.fixture
def get(client_of, coordinator):
    client = client_of(coordinator)

    def open_page(name, *args, status=200, headers=None, **query):
        answer = client.get(reverse(f"process:{name}", args=args), query, headers=headers or {})
        assert answer.status_code == status
        return answer.content.decode() if not answer.streaming else answer.getvalue().decode()

    return open_page


def activity(log, name):
    return Activity.objects.get(log=log, name=name).pk


class TestLogs:
    def test_says_what_to_do_when_there_are_none(self, get):
        page = get("logs")
        assert "Nothing has happened yet" in page
        assert "No log of another tool yet" in page

    def test_lists_imported_logs(self, get, log):
        assert "A log" in get("logs")

    def test_a_manager_removes_an_imported_log(self, client_of, manager, log):
        answer = client_of(manager).post(reverse("process:remove", args=[log.pk]))
        assert answer.status_code == 302
        assert not Step.objects.exists()

    def test_a_coordinator_does_not(self, client_of, coordinator, log):
        answer = client_of(coordinator).post(reverse("process:remove", args=[log.pk]))
        assert answer.status_code == 403
        assert Step.objects.exists()

    def test_a_built_in_log_stays(self, client_of, manager, log):
        log.source = "requests"
        log.save()
        assert client_of(manager).post(reverse("process:remove", args=[log.pk])).status_code == 404


NONSENSE = (
    {"show": "9" * 40}, {"show": "1~"}, {"show": "\x00"}, {"edge": "-1~" + "9" * 30}, {"node": "²"},
    {"variant": "-9223372036854775808"}, {"deviates": "missing~99999999999999999999"},
    {"path": "9" * 25, "deviates": "any"}, {"after": "x" * 2000}, {"deviates": "\x00~1"},
    {"sort": "\x00", "between": "x"},
)  # fmt: skip


class TestTabs:
    @pytest.mark.parametrize("tab", TABS)
    def test_open_for_a_coordinator_and_say_so_when_nothing_is_selected(self, get, log, tab):
        assert "A log" in get(tab, log.pk)
        empty = get(tab, log.pk, **{"from": "2030-01-01", "clock": "calendar"})
        assert "empty" in empty or "No " in empty

    def test_are_closed_to_reps(self, client_of, rep, log):
        client = client_of(rep)
        for tab in TABS:
            assert client.get(reverse(f"process:{tab}", args=[log.pk])).status_code == 403

    def test_show_all_cases_for_filters_that_cannot_be_used(self, get, log):
        for tab in TABS:
            page = get(tab, log.pk, status=400, **{"from": "0001-01-01", "least": "x"})
            assert "Some filters could not be used" in page

    @pytest.mark.parametrize("tab", ["map", "cases", "conformance"])
    def test_bear_nonsense_in_the_address(self, get, log, tab):
        for query in NONSENSE:
            get(tab, log.pk, **query)

    def test_ask_few_questions(self, client_of, coordinator, log, django_assert_max_num_queries):
        client = client_of(coordinator)
        for tab in TABS:
            url = reverse(f"process:{tab}", args=[log.pk])
            client.get(url)
            with django_assert_max_num_queries(20):
                client.get(url)


class TestMap:
    def test_draws_activities_and_ways_that_are_links(self, get, log):
        page = get("map", log.pk, clock="calendar")
        ask, answer = activity(log, "Ask"), activity(log, "Answer")
        assert f'data-show="{ask}"' in page
        assert f"show={ask}~{answer}#figures" in page
        assert "Ask to Answer, 4 times, median 1" in page
        assert "style=" not in page.split('<svg class="pmap"')[1].split("</svg>")[0]

    def test_shows_the_figures_of_a_chosen_way(self, get, log):
        ask, answer = activity(log, "Ask"), activity(log, "Answer")
        page = get("map", log.pk, show=f"{ask}~{answer}")
        assert 'aria-current="true"' in page
        assert f"edge={ask}~{answer}" in page

    def test_sends_only_the_figures_to_a_page_that_has_the_map(self, get, log):
        ask = activity(log, "Ask")
        page = get("map", log.pk, show=ask, headers={"HX-Request": "true", "HX-Target": "figures"})
        assert 'id="figures"' in page
        assert '<svg class="pmap"' not in page
        assert "<html" not in page

    def test_downloads_every_way(self, get, log):
        lines = get("map_csv", log.pk).splitlines()
        assert lines[0].startswith("from,to,times,mean_seconds") or "from,to" in lines[0]
        assert any(line.startswith("Ask,Answer,4,") for line in lines)


class TestVariants:
    def test_are_ranked_with_what_they_cover(self, get, log):
        page = get("variants", log.pk)
        assert page.index("Way 1") < page.index("Way 2") < page.index("Way 3")
        assert "50.0" in page

    def test_download(self, get, log):
        assert "Ask > Answer > Close" in get("variants_csv", log.pk)


class TestCases:
    def test_those_behind_a_way(self, get, log):
        page = get("cases", log.pk, edge=f"{activity(log, 'Ask')}~{activity(log, 'Close')}")
        assert "short" in page
        assert ">one<" not in page

    def test_those_that_begin_or_end_so(self, get, log):
        assert ">one<" in get("cases", log.pk, edge=f"-1~{activity(log, 'Ask')}")
        assert ">one<" not in get("cases", log.pk, edge=f"-1~{activity(log, 'Close')}")
        assert ">one<" in get("cases", log.pk, edge=f"{activity(log, 'Close')}~-2")

    def test_those_of_a_variant_with_rework_or_open(self, get, log):
        variant = Variant.objects.get(cases__key="back")
        assert ">back<" in get("cases", log.pk, variant=variant.pk)
        assert ">one<" not in get("cases", log.pk, rework=1)
        assert "No such cases" in get("cases", log.pk, open=1)

    def test_pages_follow_each_other(self, get, log, now):
        more = [store.CaseEvents(f"n{i}", [store.Event("Ask", T0)]) for i in range(60)]
        store.write(log, more, at=now, clock=lambda _: None)
        assert "Next cases" in get("cases", log.pk)
        assert "Next cases" in get("cases", log.pk, sort="longest")

    def test_one_shows_its_steps_and_waits(self, get, log):
        page = get("case", log.pk, Case.objects.get(key="back").pk)
        assert page.count("<b>Ask</b>") == 2
        assert "by the calendar" in page

    def test_one_of_another_log_is_not_found(self, get, log, make_log):
        other = make_log({"x": "AB"}, name="Other")
        get("case", other.pk, Case.objects.get(key="back").pk, status=404)


class TestPaths:
    def url(self, log, name="new_path", *args):
        return reverse(f"process:{name}", args=[log.pk, *args])

    def said(self, log, *names, optional=()):
        form = {"name": "As it should be"}
        for i, name in enumerate(names, 1):
            form[f"step_{i}"] = activity(log, name)
            if name in optional:
                form[f"optional_{i}"] = "on"
        return form

    def test_are_defined_in_the_browser(self, client_of, manager, log):
        client = client_of(manager)
        answer = client.post(
            self.url(log), self.said(log, "Ask", "Answer", "Close", optional=["Answer"])
        )
        path = ModelPath.objects.get()
        assert answer.url.endswith(f"?path={path.pk}")
        assert path.optional == [activity(log, "Answer")]
        page = client.get(answer.url).content.decode()
        assert "75.0" in page  # one, two and short fit; back does not
        assert "“Ask” comes more than once" in page

    def test_begin_with_a_variant(self, client_of, manager, log):
        variant = Variant.objects.get(cases__key="short")
        page = client_of(manager).get(self.url(log), {"variant": variant.pk}).content.decode()
        for name in ("Ask", "Close"):
            assert page.count(f'value="{activity(log, name)}" selected') == 1

    def test_keep_what_was_typed_and_say_what_is_wrong(self, client_of, manager, log):
        client = client_of(manager)
        twice = client.post(self.url(log), self.said(log, "Ask", "Ask"))
        assert twice.status_code == 422
        assert "only once" in twice.content.decode()
        empty = client.post(self.url(log), {"name": "Nothing"})
        assert "at least one step" in empty.content.decode()
        assert 'value="Nothing"' in empty.content.decode()
        assert not ModelPath.objects.exists()

    @pytest.mark.parametrize("value", ["999999999999999999999", "\x00", "x", "-1"])
    def test_refuse_steps_of_no_log(self, client_of, manager, log, value):
        answer = client_of(manager).post(self.url(log), {"name": "P", "step_1": value})
        assert answer.status_code == 422

    def test_have_a_name_of_their_own(self, client_of, manager, log):
        client = client_of(manager)
        client.post(self.url(log), self.said(log, "Ask"))
        again = client.post(self.url(log), self.said(log, "Ask"))
        assert again.status_code == 422
        assert "already" in again.content.decode()

    def test_sent_twice_are_made_once(self, client_of, manager, log):
        client = client_of(manager)
        form = {**self.said(log, "Ask"), "idempotency_key": "k1"}
        first, second = client.post(self.url(log), form), client.post(self.url(log), form)
        assert first.url == second.url
        assert ModelPath.objects.count() == 1

    def test_are_changed_and_removed(self, client_of, manager, log):
        client = client_of(manager)
        client.post(self.url(log), self.said(log, "Ask", "Close"))
        path = ModelPath.objects.get()
        client.post(self.url(log, "edit_path", path.pk), self.said(log, "Ask"))
        path.refresh_from_db()
        assert path.activities == [activity(log, "Ask")]
        client.post(self.url(log, "remove_path", path.pk))
        assert not ModelPath.objects.exists()

    def test_are_not_for_coordinators_to_define(self, client_of, coordinator, log):
        assert client_of(coordinator).get(self.url(log)).status_code == 403

    def test_lead_to_the_cases_that_deviate(self, client_of, manager, log):
        client = client_of(manager)
        client.post(self.url(log), self.said(log, "Ask", "Answer", "Close"))
        path = ModelPath.objects.get()
        url = reverse("process:cases", args=[log.pk])
        key = f"missing~{activity(log, 'Answer')}"
        page = client.get(url, {"path": path.pk, "deviates": key}).content.decode()
        assert ">short<" in page
        assert ">back<" not in page
        case = Case.objects.get(key="short")
        one = client.get(reverse("process:case", args=[log.pk, case.pk])).content.decode()
        assert "“Answer” is missing" in one
        page = client.get(url, {"path": path.pk, "deviates": "any"}).content.decode()
        assert ">short<" in page
        assert ">back<" in page
        assert ">one<" not in page

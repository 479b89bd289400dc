"""Calendar files as busy times: what counts, on which clock, and what happens to broken ones."""

import random
import time
from datetime import UTC, datetime, timedelta

import pytest

from meetings.ical import Window, read

WINDOW = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 11, 1, tzinfo=UTC))
ONCE = ["UID:a", "DTSTART:20261124T090000Z", "DTEND:20261124T100000Z"]
ALL = ",".join(map(str, range(60)))
WEEKLY = ["UID:w", "DTSTART:20261103T090000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=4"]


def found(data, zone="Europe/Amsterdam", window=WINDOW, **kwargs):
    return read(data, zone=zone, window=window, **kwargs)


def starts(data, **kwargs):
    return [f"{one.start:%m-%d %H:%M}" for one in found(data, **kwargs).busy]


class TestWhatTakesTime:
    @pytest.mark.parametrize(
        "line",
        ["STATUS:CANCELLED", "TRANSP:TRANSPARENT", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"],
    )
    def test_cancelled_and_transparent_events_do_not(self, ics, line):
        assert starts(ics(ONCE)) == ["11-24 09:00"]
        assert starts(ics([*ONCE, line])) == []

    def test_a_calendar_that_cancels_takes_none(self, ics):
        assert starts(ics(ONCE, before=["METHOD:CANCEL"])) == []

    @pytest.mark.parametrize("line", ["STATUS:TENTATIVE", "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE"])
    def test_tentative_ones_are_marked(self, ics, line):
        assert [one.tentative for one in found(ics([*ONCE, line])).busy] == [True]
        assert [one.tentative for one in found(ics(ONCE)).busy] == [False]

    def test_an_event_without_length_takes_none_but_a_day_is_a_day(self, ics):
        data = ics(["UID:a", "DTSTART:20261124T090000Z"], ["UID:b", "DTSTART;VALUE=DATE:20261125"])
        (day,) = found(data).busy
        assert (day.start, day.end) == (
            datetime(2026, 11, 24, 23, tzinfo=UTC), datetime(2026, 11, 25, 23, tzinfo=UTC),
        )  # fmt: skip

    def test_free_busy_components_give_their_busy_periods(self):
        data = b"\n".join([
            b"BEGIN:VCALENDAR", b"BEGIN:VFREEBUSY", b"UID:f",
            b"FREEBUSY;FBTYPE=BUSY:20261124T090000Z/PT1H,20261125T090000Z/20261125T103000Z",
            b"FREEBUSY;FBTYPE=FREE:20261126T090000Z/PT1H",
            b"FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261127T090000Z/PT1H", b"END:VFREEBUSY", b"END:VCALENDAR",
        ])  # fmt: skip
        busy = found(data).busy
        assert [(f"{b.start:%d %H:%M}", f"{b.end:%H:%M}", b.tentative) for b in busy] == [
            ("24 09:00", "10:00", False), ("25 09:00", "10:30", False), ("27 09:00", "10:00", True),
        ]  # fmt: skip


class TestSeries:
    def test_dates_are_left_out_added_and_moved(self, ics):
        series = [*WEEKLY, "EXDATE:20261110T090000Z", "RDATE:20261201T140000Z"]
        moved = [
            "UID:w",
            "RECURRENCE-ID:20261117T090000Z",
            "DTSTART:20261118T150000Z",
            "DURATION:PT1H",
        ]
        assert starts(ics(series, moved)) == [
            "11-03 09:00",
            "11-18 15:00",
            "11-24 09:00",
            "12-01 14:00",
        ]

    def test_one_of_a_series_is_cancelled(self, ics):
        gone = ["UID:w", "RECURRENCE-ID:20261117T090000Z", "DTSTART:20261117T090000Z", "DURATION:PT1H",
                "STATUS:CANCELLED"]  # fmt: skip
        assert starts(ics(WEEKLY, gone)) == ["11-03 09:00", "11-10 09:00", "11-24 09:00"]

    def test_this_and_future_moves_the_rest(self, ics):
        rest = ["UID:w", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261117T090000Z", "DTSTART:20261117T130000Z",
                "DTEND:20261117T150000Z"]  # fmt: skip
        busy = found(ics(WEEKLY, rest)).busy
        assert [(f"{b.start:%m-%d %H:%M}", (b.end - b.start).seconds // 3600) for b in busy] == [
            ("11-03 09:00", 1), ("11-10 09:00", 1), ("11-17 13:00", 2), ("11-24 13:00", 2),
        ]  # fmt: skip

    def test_the_wall_time_is_kept_when_the_clock_changes(self, ics):
        data = ics(["UID:d", "DTSTART;TZID=Europe/Berlin:20270326T090000", "DURATION:PT1H",
                    "RRULE:FREQ=DAILY;COUNT=4"])  # fmt: skip
        assert starts(data) == ["03-26 08:00", "03-27 08:00", "03-28 07:00", "03-29 07:00"]

    def test_a_day_as_the_date_left_out_leaves_out_that_day(self, ics):
        assert "11-10 09:00" not in starts(ics([*WEEKLY, "EXDATE;VALUE=DATE:20261110"]))

    def test_a_newer_version_of_an_event_holds(self, ics):
        newer = ["UID:a", "SEQUENCE:2", "DTSTART:20261124T130000Z", "DURATION:PT1H"]
        assert starts(ics(newer, [*ONCE, "SEQUENCE:1"])) == ["11-24 13:00"]


class TestClocks:
    @pytest.mark.parametrize(
        ("tzid", "utc"),
        [
            ("Europe/Berlin", "08:00"), ("W. Europe Standard Time", "08:00"),
            ('"(UTC+01:00) Amsterdam, Berlin, Bern, Rome"', "08:00"),
            ('"(GMT-05.00) Eastern Time (US & Canada)"', "14:00"), ("Eastern Standard Time", "14:00"),
            ("/freeassociation.sourceforge.net/Tzfile/Asia/Tokyo", "00:00"), ("UTC+11", "22:00"),
            ("Europe/Kiev", "07:00"), ("US-Pacific", "17:00"), ("america/new_york", "14:00"),
        ],
    )  # fmt: skip
    def test_many_names_are_known(self, ics, tzid, utc):
        data = ics(["UID:a", f"DTSTART;TZID={tzid}:20261124T090000", "DURATION:PT1H"])
        result = found(data)
        assert [f"{b.start:%H:%M}" for b in result.busy] == [utc]
        assert result.problems == []

    def test_a_zone_that_nobody_knows_is_read_on_the_owners_clock_and_told_once(self, ics):
        one = ["DTSTART;TZID=Nowhere/Middle:20261124T090000", "DURATION:PT1H"]
        result = found(ics(["UID:a", *one], ["UID:b", *one]), zone="Asia/Tokyo")
        assert [f"{b.start:%H:%M}" for b in result.busy] == ["00:00", "00:00"]
        assert [str(problem) for problem in result.problems] == [
            "The time zone “Nowhere/Middle”: nobody knows it; it is read on your own clock"
        ]

    def test_a_floating_time_is_on_the_owners_clock(self, ics):
        data = ics(["UID:a", "DTSTART:20261124T090000", "DURATION:PT1H"])
        assert starts(data, zone="Asia/Tokyo") == ["11-24 00:00"]
        assert starts(data, zone="America/New_York") == ["11-24 14:00"]

    def test_a_zone_that_the_file_brings_along_is_followed_over_its_changes(self, ics):
        own = [
            "BEGIN:VTIMEZONE", "TZID:Our own", "BEGIN:STANDARD", "DTSTART:19701025T030000",
            "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100",
            "END:STANDARD", "BEGIN:DAYLIGHT", "DTSTART:19700329T020000",
            "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200",
            "END:DAYLIGHT", "END:VTIMEZONE",
        ]  # fmt: skip
        for named in ("Our own", "Europe/Berlin"):
            event = ["UID:d", f"DTSTART;TZID={named}:20261024T023000", "DURATION:PT1H",
                     "RRULE:FREQ=DAILY;UNTIL=20270402T000000Z"]  # fmt: skip
            result = found(ics(event, before=own))
            if named == "Our own":
                ours = [one.start for one in result.busy]
            assert result.problems == []
        assert ours == [one.start for one in result.busy]
        assert len(ours) > 100


class TestBrokenFiles:
    def test_one_broken_event_hides_no_other(self, ics):
        data = ics(ONCE, ["UID:b", "DTSTART:Next Year"], ["UID:c"], ["UID:d", "DTSTART:20261126T090000Z",
                   "DTEND:20261126T080000Z"], ["UID:e", "DTSTART:20261127T090000Z", "DURATION:PT1H"])  # fmt: skip
        result = found(data)
        assert [one.uid for one in result.busy] == ["a", "e"]
        assert [str(problem) for problem in result.problems] == [
            "The event on line 8: DTSTART is no date: Next Year",
            "The event on line 12: it has no start",
            "The event on line 15: it ends before it begins",
        ]

    def test_a_rule_that_cannot_be_followed_leaves_its_first_time(self, ics):
        result = found(ics([*ONCE, "RRULE:FREQ=NEVER"]))
        assert [one.uid for one in result.busy] == ["a"]
        assert "only its first time is known" in str(result.problems[0])

    def test_what_is_no_calendar_and_what_is_cut_off_is_known_for_it(self, ics):
        assert not found(b"<html>Sign in</html>").is_calendar
        assert not found(b"").is_calendar
        assert found(ics(ONCE)[:-20]).cut_off
        assert not found(ics(ONCE)).cut_off

    def test_words_of_events_are_never_told(self, ics):
        data = ics(["UID:a", "SUMMARY:Divorce lawyer", "DTSTART:nothing"])
        assert "lawyer" not in str(found(data).problems)

    def test_no_mutation_of_a_file_brings_it_down(self, ics):
        own = ["BEGIN:VTIMEZONE", "TZID:x", "BEGIN:STANDARD", "DTSTART:19701025T030000", "TZOFFSETFROM:+0200",
               "TZOFFSETTO:+0100", "END:STANDARD", "END:VTIMEZONE"]  # fmt: skip
        whole = ics([*WEEKLY, "EXDATE:20261110T090000Z", "RDATE;VALUE=PERIOD:20261201T140000Z/PT2H"],
                    ["UID:w", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261117T090000Z",
                     "DTSTART;TZID=x:20261118T150000", "DTEND;VALUE=DATE:20261119"], before=own)  # fmt: skip
        rng = random.Random(7)
        for _ in range(2_000):
            data = bytearray(whole)
            for _ in range(rng.randint(1, 8)):
                at = rng.randrange(len(data))
                data[at : at + rng.randint(0, 3)] = bytes(
                    rng.choice(b'\0\xff;:,=0123456789TZPDW-+\r\n" ')
                    for _ in range(rng.randint(0, 3))
                )
            found(bytes(data), zone="America/St_Johns")


class TestBounds:
    @pytest.mark.parametrize(
        "rule",
        [
            "FREQ=SECONDLY", "FREQ=MINUTELY;BYHOUR=3;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;COUNT=100000",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=SECONDLY;COUNT=1000000000",
            "FREQ=SECONDLY;BYSECOND=61;BYHOUR=24", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;INTERVAL=99999",
            f"FREQ=DAILY;BYHOUR={ALL[:61]};BYMINUTE={ALL};BYSECOND={ALL}",
            "FREQ=WEEKLY;INTERVAL=2;BYSETPOS=366",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize(
        "start", ["00010101T000000", "19700101T000000", "20261124T000000", "99991231T235959"]
    )
    def test_no_rule_takes_long(self, ics, rule, start):
        began = time.process_time()
        result = found(ics(["UID:a", f"DTSTART:{start}", "DURATION:PT1S", f"RRULE:{rule}"]))
        assert time.process_time() - began < 1
        assert len(result.busy) <= 10_000

    def test_a_rule_that_comes_every_second_is_read_for_a_while_and_told(self, ics):
        result = found(
            ics(["UID:a", "DTSTART:20261124T000000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY"], ONCE)
        )
        assert 1_000 < len(result.busy) <= 10_001
        assert "more than 10,000 times" in str(result.problems[0])
        assert result.busy[-1].uid == "a" or any(one.uid == "a" for one in result.busy)

    def test_a_hundred_thousand_added_dates_are_told_at_once(self, ics):
        start = datetime(2026, 11, 2)
        dates = ",".join(f"{start + timedelta(minutes=n):%Y%m%dT%H%M%SZ}" for n in range(100_000))
        began = time.process_time()
        result = found(ics([*ONCE, f"RDATE:{dates}"]))
        assert time.process_time() - began < 1
        assert [one.uid for one in result.busy] == ["a"]
        assert result.problems

    def test_a_hundred_thousand_events_are_cut_in_time(self, ics):
        data = ics(*([f"UID:{n}", *WEEKLY[1:]] for n in range(100_000)))[: 8 * 1024 * 1024]
        began = time.process_time()
        result = found(data, seconds=0.5)
        assert time.process_time() - began < 4
        assert any("only" in p.why or "long" in p.why for p in result.problems)

    def test_too_large_a_file_is_not_read(self):
        assert found(b"BEGIN:VCALENDAR\n" + b"x" * (9 * 1024 * 1024)).problems

    def test_many_rules_that_never_come_end_in_time(self, ics):
        """Not only what is found costs time: so does looking for it."""
        never = ["DTSTART:20261103T090000Z", "RRULE:FREQ=DAILY;COUNT=9;BYMONTH=2;BYMONTHDAY=30"]
        apart = ics(*([f"UID:{n}", *never] for n in range(3_000)))
        same = ics(
            *(
                ["UID:a", f"DTSTART:20261103T{n // 60:02}{n % 60:02}00Z", never[1]]
                for n in range(1_000)
            )
        )
        for data in (apart, same):
            began = time.process_time()
            found(data, seconds=0.5)
            assert time.process_time() - began < 4

"""The same rows are read once for work that is done in one go, and anew for the next."""

from contextlib import suppress

from kit.once import once, reading_once, remember


def reader():
    calls = []

    def read():
        calls.append(1)
        return len(calls)

    return read


class TestOnce:
    def test_within_the_block_a_thing_is_read_the_first_time_only(self):
        read = reader()
        with reading_once():
            assert [once("a", read), once("a", read), once("b", read)] == [1, 1, 2]

    def test_outside_of_it_it_is_read_each_time(self):
        read = reader()
        assert [once("a", read), once("a", read)] == [1, 2]

    def test_nothing_is_left_for_the_next_block(self):
        read = reader()
        for expected in (1, 2):
            with reading_once():
                assert once("a", read) == expected

    def test_nothing_is_left_after_a_block_that_broke(self):
        read = reader()
        with suppress(ZeroDivisionError), reading_once():
            assert once("a", read) / 0
        assert once("a", read) == 2

    def test_nothing_found_is_remembered_too(self):
        with reading_once():
            remember("a", None)
            assert once("a", reader()) is None

    def test_remembering_outside_of_a_block_changes_nothing(self):
        remember("a", 7)
        with reading_once():
            assert once("a", reader()) == 1

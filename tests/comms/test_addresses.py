"""Addresses for answers: ours come back to their thread, forged ones do not."""

import base64

import pytest

from comms import addresses
from comms.addresses import read_reply_address, reply_address


class TestReplyAddress:
    @pytest.mark.parametrize("reader", ["contact:12", "user:5", "", "contact:9223372036854775807"])
    def test_says_thread_and_reader(self, settings, reader):
        settings.INBOUND_ADDRESS = "desk@example.com"
        address = reply_address(2**62, reader)
        assert address.startswith("desk+t.")
        assert address.endswith("@example.com")
        assert len(address.partition("@")[0]) <= 64
        assert read_reply_address(address) == (2**62, reader)

    @pytest.mark.parametrize("fold", [str.upper, str.lower, str.title, "<{}>".format])
    def test_survives_what_mail_systems_do_to_it(self, fold):
        assert read_reply_address(fold(reply_address(7, "contact:12"))) == (7, "contact:12")

    def test_no_letter_of_it_can_be_changed(self):
        address = reply_address(7, "contact:12")
        start, end = address.index("+t.") + 3, address.index("@")
        for n in range(start, end - 1):  # the last letter may hold spare bits
            other = "a" if address[n] != "a" else "b"
            assert read_reply_address(address[:n] + other + address[n + 1 :]) is None

    def test_nobody_makes_one_without_the_key(self, monkeypatch):
        said = b"c\x07\x0c" + bytes(16)
        forged = base64.b32encode(said).decode().rstrip("=")
        assert read_reply_address(f"desk+t.{forged}@portal.localhost") is None
        monkeypatch.setattr(addresses.hmac, "compare_digest", lambda *_: True)  # without the check
        assert read_reply_address(f"desk+t.{forged}@portal.localhost") == (7, "contact:12")

    @pytest.mark.parametrize("text", ["", "desk@example.com", "x+t.@a", "x+t.a1@b", "\0" * 99])
    def test_what_is_none_is_none(self, text):
        assert read_reply_address(text) is None

    def test_an_old_key_still_reads_and_a_removed_one_does_not(self, settings):
        address, old = reply_address(7, ""), settings.SECRET_KEY
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, [old]
        assert read_reply_address(address) == (7, "")
        settings.SECRET_KEY_FALLBACKS = []
        assert read_reply_address(address) is None

    def test_refuses_an_address_without_room(self):
        with pytest.raises(addresses.NoRoom):
            reply_address(2**62, "contact:1", base=f"{'long' * 10}@example.com")

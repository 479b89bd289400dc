"""The way out: names are judged by where they lead, and nothing inside is called by accident."""

import http.server
import ipaddress
import threading
import time

import pytest

from kit import outgoing, sealing

INSIDE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.9.9",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.7",
    "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.0.1",
    "::", "::1", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "100::1",
    "fec0::1", "3fff::1", "192.88.99.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:192.168.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b::c0a8:101", "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::", "2002:a00:1::", "2002:c0a8:101::", "2002:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001::f5ff:fffe",
    "2606:4700::5efe:7f00:1", "2606:4700::5efe:a00:1", "2606:4700::200:5efe:c0a8:101", "2606:4700::5efe:a9fe:a9fe",
]  # fmt: skip
OUTSIDE = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "2606:4700:4700::1111",
    "64:ff9b::808:808",
    "2002:808:808::",
    "2606:4700::5efe:808:808",
]
BAD = [
    "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "https://", "https:///x",
    "https://user@example.com/", "https://a:b@example.com/", "http://example.com/", "example.com",
    "https://exa mple.com/", "https://example.com:99999/", "https://[::1/", "javascript:alert(1)",
    "https://\u0435xample.com/", "//example.com/",
]  # fmt: skip


class TestJudging:
    @pytest.mark.parametrize("text", INSIDE)
    def test_what_is_inside_is_not_public(self, text):
        assert not outgoing.is_public(ipaddress.ip_address(text))

    @pytest.mark.parametrize("text", OUTSIDE)
    def test_what_is_outside_is(self, text):
        """The control: not everything is refused."""
        assert outgoing.is_public(ipaddress.ip_address(text))

    @pytest.mark.parametrize("url", BAD)
    def test_odd_addresses_are_refused(self, url):
        with pytest.raises(outgoing.Refused):
            outgoing.check(url)

    @pytest.mark.parametrize(
        "host", ["localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1"]
    )
    def test_names_and_numbers_of_this_house_are_refused_when_called(self, host):
        with pytest.raises((outgoing.Refused, outgoing.Unreachable)):
            outgoing.resolve(host, 443)

    def test_one_inner_address_of_many_is_enough_to_refuse(self, monkeypatch):
        found = [(2, 1, 6, "", ("1.1.1.1", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
        monkeypatch.setattr(outgoing.socket, "getaddrinfo", lambda *_, **__: found)
        with pytest.raises(outgoing.Refused):
            outgoing.resolve("rebind.example", 443)


@pytest.fixture
def receiver():
    """A server of this house that says what it got; /away redirects."""
    got = []

    class Door(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, dict(self.headers), body))
            self.send_response(302 if self.path == "/away" else 200)
            self.send_header("Location", "http://169.254.169.254/")
            self.end_headers()
            self.wfile.write(b"x" * 200_000)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.got = got
    yield server
    server.shutdown()
    server.server_close()


class TestCalling:
    def test_an_inner_address_is_called_only_when_it_is_allowed(self, receiver, settings):
        url = f"http://127.0.0.1:{receiver.server_port}/hook"
        with pytest.raises(outgoing.Refused):
            outgoing.post(url, b"{}", {})
        assert receiver.got == []
        settings.OUTGOING_ALLOWED = [f"127.0.0.1:{receiver.server_port}"]
        answer = outgoing.post(url, b"{}", {"x": "1"})
        assert (answer.status, len(answer.text)) == (200, outgoing.LONGEST_ANSWER)
        assert receiver.got[0][2] == b"{}"

    def test_a_redirect_is_not_followed(self, receiver, settings):
        settings.OUTGOING_ALLOWED = [f"127.0.0.1:{receiver.server_port}"]
        answer = outgoing.post(f"http://127.0.0.1:{receiver.server_port}/away", b"{}", {})
        assert answer.status == 302
        assert len(receiver.got) == 1

    def test_nobody_there_is_said(self, settings):
        settings.OUTGOING_ALLOWED = ["127.0.0.1:9"]
        with pytest.raises(outgoing.Unreachable):
            outgoing.post("http://127.0.0.1:9/", b"", {})


class TestSealing:
    def test_opens_again_and_never_looks_the_same(self):
        first, second = sealing.seal("secret", about="x"), sealing.seal("secret", about="x")
        assert first != second
        assert "secret" not in first
        assert sealing.unseal(first, about="x") == "secret"

    @pytest.mark.parametrize("about", ["x", "y"])
    def test_altered_or_moved_it_does_not(self, about):
        sealed = sealing.seal("secret", about="x")
        broken = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
        with pytest.raises(sealing.Unsealable):
            sealing.unseal(broken if about == "x" else sealed, about=about)

    def test_a_new_key_seals_and_the_old_one_still_opens(self, settings):
        old = sealing.seal("secret", about="x")
        settings.SEALING_KEYS = ["k2:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="]
        assert sealing.seal("secret", about="x").startswith("k2.")
        assert sealing.unseal(old, about="x") == "secret"


@pytest.fixture
def library(settings):
    """A server of this house that answers with what is asked for: /long, /cut, /drip, /echo."""

    class Door(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            if self.path == "/cut":
                self.send_header("Content-Length", "500")
            self.end_headers()
            if self.path == "/drip":
                for _ in range(50):
                    self.wfile.write(b"x")
                    time.sleep(0.05)
            self.wfile.write(b"x" * (5_000 if self.path == "/long" else 10))

        def do_REPORT(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(207)
            self.end_headers()
            self.wfile.write(self.command.encode() + b" " + body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.OUTGOING_ALLOWED = [f"127.0.0.1:{server.server_port}"]
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class TestReading:
    def test_a_whole_answer_comes_as_bytes_by_any_method(self, library):
        assert outgoing.get(f"{library}/", headers={}, most=10).body == b"x" * 10
        answer = outgoing.request("REPORT", f"{library}/", headers={}, body=b"<q/>")
        assert (answer.status, answer.body) == (207, b"REPORT <q/>")

    def test_too_much_is_refused_and_not_cut_off(self, library):
        with pytest.raises(outgoing.TooLarge):
            outgoing.get(f"{library}/long", headers={}, most=4_999)
        assert len(outgoing.get(f"{library}/long", headers={}, most=5_000).body) == 5_000

    def test_an_answer_that_stops_in_the_middle_is_none(self, library):
        with pytest.raises(outgoing.Unreachable, match="middle"):
            outgoing.get(f"{library}/cut", headers={}, most=1_000)

    def test_a_server_that_drips_is_left(self, library):
        with pytest.raises(outgoing.Unreachable):
            outgoing.get(f"{library}/drip", headers={}, most=1_000, seconds=0.5)
        assert outgoing.get(f"{library}/drip", headers={}, most=1_000, seconds=20).status == 200

    def test_an_inner_address_is_not_read(self, library, settings):
        settings.OUTGOING_ALLOWED = []
        with pytest.raises(outgoing.Refused):
            outgoing.get(f"{library}/", headers={}, most=10)

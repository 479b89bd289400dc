"""A mail relay that behaves badly on demand, and writes down every mail that it took."""

import socketserver
import threading
import time
from contextlib import contextmanager
from email import message_from_bytes


class Talk(socketserver.StreamRequestHandler):
    """`self.server.faults` is a list of names, one for each mail in turn; then it behaves."""

    disable_nagle_algorithm = True

    def handle(self):
        self.fault = ""
        if self.server.greeting == "drip":
            self.drip("220 " + "x" * 300)
            return
        if self.server.greeting:
            self.say(self.server.greeting)
            if not self.server.greeting.startswith("220"):
                return
        else:
            self.say("220 bad relay")
        while line := self.rfile.readline(10_000):
            if not self.answer(line[:4].upper().strip(), line):
                return

    def answer(self, verb, line):
        """False: hang up."""
        if verb == b"EHLO":
            self.say("250-bad\r\n250 SIZE 50000000")
        elif verb == b"MAIL":
            self.fault = self.server.faults.pop(0) if self.server.faults else ""
            return self.step("mail", line)
        elif verb == b"RCPT":
            return self.step("rcpt", line)
        elif verb == b"DATA":
            return self.step("data", line)
        elif verb == b"QUIT":
            if self.server.at_quit == "cut":
                return False
            if self.server.at_quit == "drip":
                self.drip("221 " + "b" * 300)
            self.say("221 bye")
            return False
        else:
            self.say("250 OK")
        return True

    def step(self, name, line):
        where, _, what = self.fault.partition(":")
        if where == name and not self.misbehave(what):
            return what != "cut" and self.alive
        if name == "data":
            return self.data()
        self.say("250 OK")
        return True

    def misbehave(self, what):
        """Whether the step goes on as if nothing had been."""
        self.alive = True
        if what == "cut":
            return False
        if what == "slow":
            time.sleep(self.server.pause)
            return True
        if what == "drip":
            self.drip("250 " + "d" * 300)
            self.alive = False
        elif what == "garbage":
            self.say("\x00\xff hello? 12 what")
        elif what == "endless":
            self.endless()
        else:
            self.say(what)
        return False

    def data(self):
        self.say("354 go ahead")
        where, _, what = self.fault.partition(":")
        if where == "body" and what == "cut":
            self.rfile.read(20)
            return False
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        if not line:
            return False
        if where == "refuse":
            self.say(what)
            return True
        self.server.take(b"".join(lines))
        if where == "end" and not self.misbehave(what):
            return what != "cut" and self.alive
        self.say("250 taken")
        return True

    def drip(self, words):
        for letter in words:
            try:
                self.wfile.write(letter.encode())
            except OSError:
                return
            if self.server.stopping.wait(self.server.every):
                return

    def endless(self):
        try:
            while not self.server.stopping.is_set():
                self.wfile.write(b"250-more\r\n" * 1000)
        except OSError:
            self.alive = False

    def say(self, words):
        try:
            self.wfile.write(words.encode("latin-1") + b"\r\n")
        except OSError:
            self.alive = False


class BadRelay(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self, port=0, faults=(), greeting="", at_quit="", pause=0.0, every=0.2):
        super().__init__(("127.0.0.1", port), Talk)
        self.faults, self.greeting, self.at_quit, self.pause, self.every = (
            list(faults),
            greeting,
            at_quit,
            pause,
            every,
        )
        self.taken, self.stopping, self.lock = [], threading.Event(), threading.Lock()
        self.port = self.server_address[1]

    def take(self, raw):
        with self.lock:
            self.taken.append(message_from_bytes(raw)["Message-ID"])

    def handle_error(self, request, client_address):
        pass


@contextmanager
def bad_relay(**how):
    with BadRelay(**how) as server:
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            server.shutdown()


ASKED = []  # the relay whose log is asked; settings.RELAY_LOG points at `log`


def log(message_ids):
    taken = set(ASKED[-1].taken)
    return {one: one in taken for one in message_ids}

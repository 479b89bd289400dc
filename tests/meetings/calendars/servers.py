"""Servers of other people's calendars, for tests: a feed that can misbehave, and a real Radicale."""

import base64
import http.server
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager

LOGIN, PASSWORD = "marta", "swordfish"


class FeedServer(http.server.ThreadingHTTPServer):
    """Answers with `body` and `etag`; counts what was asked; `status` and `extra` can be set."""

    daemon_threads = True

    def __init__(self):
        self.body, self.etag, self.status, self.extra = b"", '"one"', 200, {}
        self.promise = None  # a Content-Length that is not kept
        self.asked = []
        super().__init__(("127.0.0.1", 0), FeedDoor)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/secret-path.ics"


class FeedDoor(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        known = self.headers.get("If-None-Match")
        if self.server.status == 200 and known and known == self.server.etag:
            self.send_response(304)
            self.end_headers()
            return
        self.send_response(self.server.status)
        for name, value in self.server.extra.items():
            self.send_header(name, value)
        if self.server.etag:
            self.send_header("ETag", self.server.etag)
        self.send_header("Content-Length", str(self.server.promise or len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_):
        pass


@contextmanager
def feed_server():
    server = FeedServer()
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    ).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class Radicale:
    """A Radicale of its own process, with one person and one calendar."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}/"
        self.store = folder / "store"
        users = folder / "users"
        users.write_text(f"{LOGIN}:{PASSWORD}\n")
        command = [
            sys.executable, "-m", "radicale", "--config", "", "--server-hosts", self.host,
            "--auth-type", "htpasswd", "--auth-htpasswd-filename", str(users),
            "--auth-htpasswd-encryption", "plain", "--auth-delay", "0",
            "--storage-filesystem-folder", str(folder / "store"), "--logging-level", "warning",
        ]  # fmt: skip
        log = (folder / "log").open("wb")
        self.process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ.copy())
        log.close()
        self._wait(folder / "log")

    def _wait(self, log):
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert self.process.poll() is None, log.read_text()
                time.sleep(0.05)
            else:
                return
        raise AssertionError(log.read_text())

    def forget(self):
        """Begin without calendars, whatever an earlier test left."""
        shutil.rmtree(self.store / "collection-root", ignore_errors=True)

    def ask(self, method, path, body="", **headers):
        pair = base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()
        request = urllib.request.Request(
            f"{self.url}{path}",
            body.encode(),
            {"Authorization": f"Basic {pair}", **headers},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def make_calendar(self, name):
        self.ask("MKCALENDAR", f"{LOGIN}/{name}/")

    def put(self, calendar, uid, *lines):
        event = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//t//t//", "BEGIN:VEVENT", f"UID:{uid}",
                 "DTSTAMP:20261101T000000Z", "SUMMARY:secret words", *lines, "END:VEVENT",
                 "END:VCALENDAR", ""]  # fmt: skip
        self.ask("PUT", f"{LOGIN}/{calendar}/{uid}.ics", "\r\n".join(event),
                 **{"Content-Type": "text/calendar"})  # fmt: skip

    def stop(self):
        self.process.terminate()
        self.process.wait(10)

"""A mail server that takes everything and counts: a process of its own, so that it measures nobody.

python -m bench.sink PORT LOG      writes each Message-ID to LOG before it says yes
"""

import re
import socketserver
import sys
from pathlib import Path

MESSAGE_ID = re.compile(rb"^Message-ID: (<[^>]*>)", re.MULTILINE | re.IGNORECASE)


class Talk(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.say("220 sink")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.say("354 go ahead")
                self.take()
            elif verb == b"EHLO":
                self.say("250-sink\r\n250 SIZE 50000000")
                continue
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            self.say("250 OK")

    def take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        if line:
            found = MESSAGE_ID.search(b"".join(lines))
            with LOG.open("ab") as log:
                log.write((found[1] if found else b"?") + b"\n")

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class Sink(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    LOG = Path(sys.argv[2])
    with Sink(("127.0.0.1", int(sys.argv[1])), Talk) as server:
        server.serve_forever()

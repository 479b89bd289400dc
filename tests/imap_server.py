"""A real IMAP server (Dovecot) in a folder of a test: no root's configuration, no system user."""

import grp
import os
import pwd
import re
import shutil
import subprocess
import time
from contextlib import contextmanager
from imaplib import IMAP4
from pathlib import Path

from tests.relay import free_port

DOVECOT = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
PASSWORD = "pässword for the desk"

CONFIG = """
base_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{folder}/mail/%n
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
first_valid_gid = 0
last_valid_uid = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%n
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
"""


class Server:
    def __init__(self, folder, port):
        self.folder, self.port = folder, port

    def client(self):
        found = IMAP4("127.0.0.1", self.port, timeout=20)
        found.authenticate("PLAIN", lambda _: f"\0desk\0{PASSWORD}".encode())
        return found

    def deliver(self, *mails, folder="INBOX"):
        """Put mails into a folder of the desk's mailbox."""
        client = self.client()
        for raw in mails:
            assert client.append(folder, None, None, raw)[0] == "OK"
        client.logout()

    def renumber(self):
        """A new UIDVALIDITY, as after a restored backup."""
        mail = self.folder / "mail"
        for path in [*mail.rglob("dovecot.index*"), *mail.rglob("dovecot.list.index*")]:
            path.unlink()
        for path in mail.rglob("dovecot-uidlist"):
            text = re.sub(
                r" V(\d+)", lambda found: f" V{int(found[1]) + 1}", path.read_text(), count=1
            )
            path.write_text(text)


def wait_for(server, process):
    for _ in range(100):
        try:
            server.client().logout()
        except (OSError, IMAP4.error):
            assert process.poll() is None, process.stderr.read().decode()
            time.sleep(0.1)
        else:
            return
    raise AssertionError((server.folder / "dovecot.log").read_text())


@contextmanager
def imap_server(folder: Path):
    folder.mkdir(parents=True, exist_ok=True)
    user = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    port = free_port()
    (folder / "users").write_text(f"desk:{PASSWORD}\n")
    (folder / "mail").mkdir(exist_ok=True)
    if os.getuid() == 0:
        for path in (folder, folder / "mail", folder / "users"):
            os.chown(path, user.pw_uid, user.pw_gid)
        for parent in folder.parents:
            if parent.stat().st_uid == 0 and str(parent).startswith("/tmp/"):
                parent.chmod(parent.stat().st_mode | 0o011)
    group = grp.getgrgid(user.pw_gid).gr_name
    config = folder / "dovecot.conf"
    config.write_text(
        CONFIG.format(
            folder=folder,
            port=port,
            user=user.pw_name,
            group=group,
            uid=user.pw_uid,
            gid=user.pw_gid,
        )
    )
    process = subprocess.Popen(
        [DOVECOT, "-F", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        server = Server(folder, port)
        wait_for(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(10)
        process.stderr.close()

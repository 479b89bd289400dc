"""Messages of the local broker appear whole, however many write and read at once."""

import threading
import uuid

from kombu import Connection

from coordinator.celery import app  # noqa: F401 - it gives the transport its name
from coordinator.local.broker import Transport


def connection(folder):
    options = {name: str(folder) for name in ("data_folder_in", "data_folder_out")}
    control = folder / "control"
    control.mkdir(exist_ok=True)
    return Connection("filesystem://", transport_options=options | {"control_folder": str(control)})


SENT = 300


def write(folder, name):
    with connection(folder) as here, here.SimpleQueue(name) as queue:
        for n in range(SENT):
            queue.put({"n": n, "long": "x" * 20_000})


def read(folder, name, got, failed):
    with connection(folder) as here, here.SimpleQueue(name) as queue:
        while len(got) < SENT and not failed:
            try:
                message = queue.get(timeout=1)
            except queue.Empty:
                continue
            except Exception as error:
                failed.append(error)
                return
            got.append(message.payload["n"])
            message.ack()


def test_a_reader_never_finds_half_a_message(tmp_path):
    got, failed, name = [], [], uuid.uuid4().hex
    # The transport notes for the whole process which queues are bound, and its files of bindings
    # are locked for processes only: bind it here, before the threads start.
    with connection(tmp_path) as here, here.SimpleQueue(name):
        pass
    readers = [
        threading.Thread(target=read, args=[tmp_path, name, got, failed], daemon=True)
        for _ in range(2)
    ]
    threads = [threading.Thread(target=write, args=[tmp_path, name], daemon=True), *readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    assert sorted(set(got)) == list(range(SENT))
    assert list(tmp_path.glob("*.part")) == []


def test_workers_use_it(tmp_path):
    assert connection(tmp_path).transport_cls == "filesystem"
    assert isinstance(connection(tmp_path).transport, Transport)

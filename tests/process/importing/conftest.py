"""Logs as files, and `bring`: the way in without the pages."""

import gzip

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from process.importing import services
from process.importing.refusals import LogRefused
from process.importing.source import Source
from process.models import Step

CSV = (
    "Ticket;Status;Changed at;User\n"
    "T1;Opened;2026-03-02 09:00;Ann\n"
    "T1;Solved;2026-03-02 11:30;Ben\n"
    "T2;Opened;2026-03-03 09:00;Ann\n"
)
EVENT = (
    '<event><string key="concept:name" value="{}"/>'
    '<date key="time:timestamp" value="2026-03-02T0{}:00:00+00:00"/></event>'
)


def xes(inside, head="", root="<log>"):
    return f'<?xml version="1.0" encoding="UTF-8"?>{root}{head}{inside}</log>'.encode()


def trace(key, *activities):
    events = "".join(EVENT.format(name, i + 1) for i, name in enumerate(activities))
    return f'<trace><string key="concept:name" value="{key}"/>{events}</trace>'


def uploaded(content, name="log.csv"):
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


@pytest.fixture
def keep(tmp_path):
    """`keep(content, name)`: a file of these bytes."""

    def make(content, name="log.csv", *, packed=False):
        path = tmp_path / name
        raw = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(raw) if packed else raw)
        return path

    return make


@pytest.fixture
def bring(db, keep, now):
    """`bring(content, case=…)`: the import of a file with this content, done."""

    def run(content, file="log.csv", *, name="A log", good_rows=False, check=False, **raw):
        return services.import_file(
            keep(content, file), raw, name=name, by=None, at=now, good_rows_only=good_rows,
            check_only=check,
        )  # fmt: skip

    return run


@pytest.fixture
def refused(keep):
    """`refused(content)`: why a file is not even looked at further, or cannot be read."""

    def why(content, name="log.xes", *, packed=False):
        path = keep(content, name, packed=packed)
        try:
            services.stream.look_through(path)
        except LogRefused as refusal:
            return str(refusal)
        sample = Source(path, name).sample()
        if sample.problem:
            return sample.problem
        try:
            list(Source(path, name).rows(sample.columns))
        except LogRefused as refusal:
            return str(refusal)
        return ""

    return why


def steps_of(log):
    """(case, activity, time, who) of every step of a log, case by case."""
    rows = Step.objects.filter(log=log).order_by("case_id", "place")
    return list(rows.values_list("case__key", "activity__name", "at", "resource"))

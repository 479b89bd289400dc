"""What is looked for, in the order in which pages name it."""

from collections.abc import Mapping
from typing import Final

from improve.detectors.base import Detector
from improve.detectors.granted import GRANTED
from improve.detectors.missing import MISSING
from improve.detectors.repeated import REPEATED
from improve.detectors.routed import ROUTED
from improve.detectors.slow import SLOW
from improve.detectors.uneven import UNEVEN
from improve.detectors.unhelpful import UNHELPFUL

REGISTRY: Final[Mapping[str, Detector]] = {
    one.code: one for one in (MISSING, REPEATED, SLOW, ROUTED, GRANTED, UNEVEN, UNHELPFUL)
}

"""Rules of what goes out by itself, and what goes out."""

from followups.models.followup import FollowUp
from followups.models.rule import Limits, Pause, Rule, Step

__all__ = ["FollowUp", "Limits", "Pause", "Rule", "Step"]

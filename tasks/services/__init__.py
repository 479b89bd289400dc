"""Everything that writes tasks and playbooks."""

from tasks.services.asking import ask_about
from tasks.services.follower import FOLLOWER, follow, start_for
from tasks.services.parts import (
    Circle,
    add_item,
    check,
    remove_item,
    uncheck,
    wait_for,
    wait_no_longer,
)
from tasks.services.playbooks import (
    BadPlaybook,
    StepPlan,
    SwitchedOff,
    save_playbook,
    start_playbook,
)
from tasks.services.work import (
    BadTask,
    ChangedMeanwhile,
    Unfinished,
    assign,
    change,
    create,
    drop,
    finish,
    reopen,
)

__all__ = [
    "FOLLOWER", "BadPlaybook", "BadTask", "ChangedMeanwhile", "Circle", "StepPlan", "SwitchedOff",
    "Unfinished", "add_item", "ask_about", "assign", "change", "check", "create", "drop", "finish", "follow",
    "remove_item", "reopen", "save_playbook", "start_for", "start_playbook", "uncheck", "wait_for",
    "wait_no_longer",
]  # fmt: skip

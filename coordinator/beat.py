"""When workers wake. Wake-ups only: each task claims rows that are due. They expire, so that no pile waits
for a worker that slept."""

from typing import Any, Final

SCHEDULE: Final[dict[str, dict[str, Any]]] = {
    "send-deliveries": {"task": "comms.tasks.send_due", "schedule": 1.0, "options": {"expires": 5}},
    "send-planned-messages": {
        "task": "comms.tasks.send_planned",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "reconcile-deliveries": {
        "task": "comms.tasks.reconcile",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "forget-removed-files": {
        "task": "comms.tasks.forget_files",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "followups": {"task": "followups.tasks.run", "schedule": 1.0, "options": {"expires": 5}},
    "incoming-mail": {"task": "mailroom.tasks.run", "schedule": 1.0, "options": {"expires": 5}},
    "poll-mailboxes": {"task": "mailroom.tasks.poll", "schedule": 10.0, "options": {"expires": 10}},
    "forget-mail-reports": {
        "task": "mailroom.tasks.forget",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "notices": {"task": "notices.tasks.run", "schedule": 2.0, "options": {"expires": 5}},
    "remind-of-questions": {
        "task": "notices.tasks.remind",
        "schedule": 300.0,
        "options": {"expires": 60},
    },
    "escalate-unread": {
        "task": "notices.tasks.escalate",
        "schedule": 60.0,
        "options": {"expires": 30},
    },
    "tell-announcements": {
        "task": "announcements.tasks.tell",
        "schedule": 2.0,
        "options": {"expires": 5},
    },
    "digests": {"task": "notices.tasks.digests", "schedule": 60.0, "options": {"expires": 30}},
    "kpis": {"task": "kpis.tasks.roll_up", "schedule": 2.0, "options": {"expires": 5}},
    "judge-kpis": {"task": "kpis.tasks.judge", "schedule": 600.0, "options": {"expires": 600}},
    "process": {"task": "process.tasks.follow", "schedule": 5.0, "options": {"expires": 10}},
    "forecast-breaches": {
        "task": "forecast.tasks.say",
        "schedule": 300.0,
        "options": {"expires": 60},
    },
    "forecast-looked-back": {
        "task": "forecast.tasks.look_back",
        "schedule": 300.0,
        "options": {"expires": 60},
    },
    "forecast-scenarios": {
        "task": "forecast.tasks.play",
        "schedule": 2.0,
        "options": {"expires": 5},
    },
    "kpi-exports": {"task": "kpis.export.tasks.run", "schedule": 60.0, "options": {"expires": 30}},
    "playbooks": {"task": "tasks.tasks.run", "schedule": 1.0, "options": {"expires": 5}},
    "imports": {"task": "imports.tasks.run_queued", "schedule": 2.0, "options": {"expires": 5}},
    "forget-imported-files": {
        "task": "imports.tasks.forget_files",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "event-logs": {
        "task": "process.importing.tasks.run_queued",
        "schedule": 2.0,
        "options": {"expires": 5},
    },
    "forget-event-log-files": {
        "task": "process.importing.tasks.forget_files",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "follow-approvers": {
        "task": "desk.tasks.follow_approvers",
        "schedule": 5.0,
        "options": {"expires": 10},
    },
    "desk-alarms": {
        "task": "desk.tasks.sound_alarms",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "desk-assignment": {
        "task": "desk.tasks.assign_waiting",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "desk-bulk": {"task": "desk.tasks.work_off_bulk", "schedule": 1.0, "options": {"expires": 5}},
    "recalculate-promises": {
        "task": "desk.tasks.recalculate_promises",
        "schedule": 2.0,
        "options": {"expires": 5},
    },
    "prep-packs": {
        "task": "meetings.tasks.make_packs",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "ask-outcomes": {
        "task": "meetings.tasks.ask_outcomes",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "expire-proposals": {
        "task": "meetings.tasks.expire_proposals",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "webhooks": {"task": "webhooks.tasks.run", "schedule": 1.0, "options": {"expires": 5}},
    "keep-wall-times": {  # hourly, so that new zone data counts soon after a deployment
        "task": "meetings.tasks.keep_wall_times",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "remind-approvers": {
        "task": "orders.tasks.remind_approvers",
        "schedule": 900.0,
        "options": {"expires": 600},
    },
    "fill-backorders": {
        "task": "orders.tasks.fill_backorders",
        "schedule": 60.0,
        "options": {"expires": 30},
    },
    "expire-quotes": {
        "task": "orders.tasks.expire_quotes",
        "schedule": 600.0,
        "options": {"expires": 60},
    },
    "read-material": {"task": "library.tasks.read", "schedule": 2.0, "options": {"expires": 5}},
    "count-material": {"task": "library.tasks.count", "schedule": 5.0, "options": {"expires": 10}},
    "remind-of-material": {
        "task": "library.tasks.remind",
        "schedule": 1800.0,
        "options": {"expires": 600},
    },
    "send-summaries": {
        "task": "tracking.tasks.send_summaries",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "send-reports": {
        "task": "reports.tasks.send_reports",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "record-quality": {
        "task": "crm.tasks.look_after_quality",
        "schedule": 5.0,
        "options": {"expires": 10},
    },
    "duplicate-scans": {"task": "crm.tasks.run_scans", "schedule": 5.0, "options": {"expires": 10}},
    "erasures": {"task": "crm.tasks.run_erasures", "schedule": 15.0, "options": {"expires": 15}},
    "nightly-suggestions": {
        "task": "improve.tasks.ask_nightly",
        "schedule": 900.0,
        "options": {"expires": 600},
    },
    "suggestions": {"task": "improve.tasks.run", "schedule": 5.0, "options": {"expires": 10}},
    "poll-calendars": {
        "task": "meetings.tasks.poll_calendars",
        "schedule": 5.0,
        "options": {"expires": 15},
    },
}

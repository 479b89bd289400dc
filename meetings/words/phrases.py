"""Every phrase that a guest may read; words in braces are filled in."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Words:
    code: str
    name: str
    weekdays: tuple[str, str, str, str, str, str, str]
    short_weekdays: tuple[str, str, str, str, str, str, str]
    months: tuple[
        str, str, str, str, str, str, str, str, str, str, str, str,
    ]  # fmt: skip
    a_day: str  # {weekday} {day} {month} {year}
    a_moment: str  # {day} {time} {zone}
    skip: str
    language: str
    change_language: str
    minutes: str  # {n}
    with_person: str  # {name}
    with_team: str
    video: str
    phone_call: str
    visit: str
    house: str
    your_zone: str
    change_zone: str
    other_zones: str
    choose_day: str
    earlier_month: str
    later_month: str
    no_days: str
    next_open: str  # {day}
    nothing_open: str
    nothing_open_hint: str
    choose_time: str
    times_on: str  # {day}
    no_times: str
    book_at: str  # {moment}
    your_details: str
    other_time: str
    your_name: str
    your_mail: str
    company: str
    phone: str
    optional: str
    please_choose: str
    confirm: str
    who_first: str
    who_hint: str
    go_on: str
    privacy: str  # {company}
    leave_empty: str
    booked: str
    booked_hint: str  # {mail}
    add_to_calendar: str
    download: str
    move_or_cancel: str
    another: str
    your_meeting: str
    when: str
    where: str
    with_whom: str
    length: str
    status_booked: str
    status_open: str
    status_cancelled: str
    status_over: str
    was_moved: str
    was_cancelled: str
    was_answered: str
    can_you: str
    accept: str
    maybe: str
    decline: str
    said_accepted: str
    said_tentative: str
    said_declined: str
    move_it: str
    move_reason: str
    move_hint: str
    move_button: str
    cancel_it: str
    cancel_reason: str
    cancel_button: str
    choose_one: str
    choose_hint: str  # {company}
    choose_until: str  # {moment}
    take_this: str
    take_at: str  # {moment}
    none_suits: str
    none_hint: str
    none_label: str
    none_button: str
    none_thanks: str
    chosen: str
    chosen_by: str  # {name}
    times_gone: str
    times_gone_hint: str
    gone_title: str
    gone_text: str
    gone_used: str
    unknown_title: str
    unknown_text: str
    write_to: str
    wrong_look: str
    wrong_empty: str
    wrong_mail: str
    wrong_long: str
    wrong_link: str
    wrong_choice: str
    wrong_phone: str
    wrong_zone: str
    wrong_fast: str
    wrong_old: str
    wrong_robot: str
    wrong_many: str
    wrong_own: str
    wrong_taken: str
    wrong_passed: str
    wrong_reason: str
    wrong_often: str
    wrong_begun: str
    mail_booked_subject: str  # {title}
    mail_choose_subject: str  # {title}
    mail_hello: str  # {name}
    mail_booked: str  # {title} {minutes} {company}
    mail_change: str
    mail_choose: str  # {person} {title}
    mail_choose_link: str
    mail_choose_until: str  # {moment}

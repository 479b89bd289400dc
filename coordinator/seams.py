"""Seams: lower layers find what is above them, or outside, by these dotted paths.

The settings take all of them.
"""

SEARCH_SOURCES = [
    "desk.search.SOURCES",
    "orders.search.SOURCES",
    "crm.search.SOURCES",
    "meetings.search.SOURCES",
    "tasks.search.SOURCES",
    "library.search.SOURCES",
]
THREAD_SUBJECTS = [
    "desk.queries.thread_subject",
    "orders.queries.thread_subject",
    "meetings.queries.thread_subject",
    "crm.queries.thread_subject",
    "announcements.queries.thread_subject",
    "library.queries.thread_subject",
]
# Who is at the table of a conversation, and what posting on it means for its object.
THREAD_PARTIES = {
    "desk.salesrequest": "desk.queries.parties",
    "orders.order": "orders.queries.parties",
    "orders.quotefamily": "orders.queries.parties",
    "meetings.meeting": "meetings.queries.parties",
    "crm.account": "comms.parties.of_account",
    "crm.deal": "comms.parties.of_deal",
    "announcements.announcement": "announcements.queries.parties",
    "desk.handoff": "desk.queries.handoff_parties",
}
THREAD_POSTS = {"desk.salesrequest": "desk.services.said"}
# What it means for the object when a customer writes, other than by mail.
THREAD_RECEIVES = {"desk.salesrequest": "desk.services.customer_said"}
# Why nothing can be asked of a customer about an object any more; empty while something can.
SUBJECT_FINISHED = {
    "desk.salesrequest": "desk.queries.finished",
    "orders.order": "orders.queries.finished",
    "orders.quotefamily": "orders.queries.finished",
    "meetings.meeting": "meetings.queries.finished",
    "crm.account": "crm.queries.finished",
}
# Papers that may go along with a message about an object: (user, object) -> comms.papers.Paper.
THREAD_PAPERS = {
    "orders.order": "orders.papers.of_order",
    "orders.quotefamily": "orders.papers.of_quote",
    "desk.salesrequest": "desk.queries.papers_of_request",
}
# What the variables of templates stand for on an object: (user, object) -> {name: words}.
THREAD_VARIABLES = {
    "desk.salesrequest": "desk.services.canned.values",
    "desk.handoff": "desk.services.canned.values_of_handoff",
    "orders.order": "orders.queries.variables",
    "orders.quotefamily": "orders.queries.variables",
    "crm.deal": "crm.queries.variables",
}
# Where words are offered to whoever writes: (user, object) -> [comms.templates.Offer].
THREAD_TEMPLATES = ["comms.templates.offers", "desk.services.canned.offers"]
# Where the page of an object is, for those who know it only by its kind and key.
SUBJECT_PAGES = {
    "desk.salesrequest": "desk:request",
    "orders.order": "orders:order",
    "orders.quotefamily": "orders:quote",
    "meetings.meeting": "meetings:meeting",
    "crm.account": "crm:account",
    "crm.contact": "crm:contact",
    "crm.deal": "crm:deal",
    "crm.lead": "crm:lead",
    "announcements.announcement": "announcements:announcement",
    "desk.handoff": "desk:handoff_page",
    "library.material": "library:material",
    "library.share": "library:share",
}
# What the entries of a timeline say: beginning of the action -> (entries, user) -> {entry: (words,
# page)}; and where words are sought among them: ((key, action, key of its subject), text) -> keys.
TIMELINE_TEXTS = {
    "crm.account.": "crm.queries.timeline.record_texts",
    "crm.activity.": "crm.queries.timeline.activity_texts",
    "crm.contact.": "crm.queries.timeline.record_texts",
    "crm.deal.": "crm.queries.timeline.record_texts",
    "crm.lead.": "crm.queries.timeline.record_texts",
    "comms.message.": "comms.timeline.texts",
    "library.share.": "library.deals.share_texts",
}
TIMELINE_SEARCHES = ["comms.timeline.search"]
# In what a contact takes part: (contact, most) -> (kind of the object, keys, the newest).
CONTACT_SUBJECTS = [
    "desk.deals.of_contact",
    "meetings.deals.of_contact",
    "orders.deals.quotes_of_contact",
    "orders.deals.orders_of_contact",
    "library.deals.of_contact",
]
# What can belong to a deal: kind of the object -> crm.parts.DealPart.
DEAL_PARTS = {
    "desk.salesrequest": "desk.deals.REQUEST",
    "orders.quotefamily": "orders.deals.QUOTE",
    "orders.order": "orders.deals.ORDER",
    "meetings.meeting": "meetings.deals.MEETING",
    "library.share": "library.deals.SHARE",
}
# The catalogue that products of deals are named after: (numbers, currency) ->
# {number: (name, price)}.
DEAL_PRODUCTS = "orders.deals.known_products"
# What an account's page says of the business with it, as for a meeting (see PREP_SECTIONS).
ACCOUNT_SECTIONS = {
    "desk.prep.requests": "desk.view_salesrequest",
    "orders.prep.quotes": "orders.view_quotefamily",
    "orders.prep.orders": "orders.view_order",
    "meetings.deals.next_and_last": "meetings.view_meeting",
    "orders.prep.payment": "orders.view_invoice",
}
# Who is asked about a gap in a record: (account, title, notes, owner, by, at) -> where that stands.
ASK_OWNER = "tasks.services.ask_about"
# What is taken away with a person, before texts are searched: (contacts, by, at) -> {what: how many}.
ERASE_STEPS = ["comms.personal.erase", "mailroom.personal.erase", "library.personal.erase"]
# Files that a person gave: (contacts) -> (name, path) of each.
PERSON_FILES = ["comms.personal.files_of"]
# What an announcement can be about: the field by which people name it, its page, who may open that.
ANNOUNCEMENT_LINKS = {
    "orders.product": ("sku", "orders:product", "orders.view_product"),
    "crm.account": ("name", "crm:account", "crm.view_account"),
}
# What a calendar's answer that came by mail does: (comms.calendars.CalendarMail, at) -> Taken or None.
CALENDAR_REPLIES = "meetings.services.incoming.take"
# How calendars that people keep elsewhere are read: kind -> meetings.outside.Adapter, made anew for
# each reading. meetings/outside/__init__.py says what Google and Microsoft would return.
CALENDARS = {
    "ics": "meetings.outside.ics.Feed",
    "caldav": "meetings.outside.caldav.CalDav",
}
# What one screen says before a meeting, in this order: (account, meeting, user or None, now) ->
# kit.briefing.Section or None, and the permission without which a reader does not get it.
PREP_SECTIONS = {
    "meetings.prep.own.plan": "meetings.view_meeting",
    "meetings.prep.own.coming": "meetings.view_meeting",
    "meetings.prep.own.who": "crm.view_account",
    "tracking.outcome.deals": "crm.view_deal",
    "desk.prep.asked": "desk.view_salesrequest",
    "meetings.prep.own.questions": "comms.view_message",
    "meetings.prep.own.material": "meetings.view_meeting",
    "orders.prep.quotes": "orders.view_quotefamily",
    "orders.prep.orders": "orders.view_order",
    "desk.prep.requests": "desk.view_salesrequest",
    "meetings.prep.own.talk": "comms.view_message",
    "meetings.prep.own.before": "meetings.view_meeting",
    "orders.prep.numbers": "orders.view_order",
    "orders.prep.payment": "orders.view_invoice",
}
# What the library suggests to bring: a function of the meeting, giving kit.briefing.Suggestion; empty
# for nothing.
PREP_MATERIAL = "library.prep.for_meeting"
# The products (numbers) that an object is about, for suggestions of material: (object) -> texts.
LIBRARY_PRODUCTS = {"desk.salesrequest": "desk.queries.products_asked"}
# Where words that are written again and again are kept, for the page of templates:
# comms.templates.Source.
LIBRARY_TEMPLATES = ["comms.templates.SOURCE", "desk.services.canned.SOURCE"]
# Who keeps files beside conversations, so that the clean-up of files leaves them: (name) -> bool.
FILE_HOLDERS = ["library.queries.holds_file"]
# What else the form about a meeting's outcome asks, of apps above: paths of objects of
# meetings.outcome_parts.Part.
MEETING_OUTCOME_STEPS = ["tracking.outcome.DEAL_UPDATE"]
# What reports can say: tuples of kit.reporting.Part, each app its own, in the order of the picker.
REPORT_PARTS = [
    "kpis.report_parts.PARTS",
    "desk.report_parts.PARTS",
    "tasks.report_parts.PARTS",
    "tracking.report_parts.PARTS",
    "announcements.report_parts.PARTS",
    "improve.report_parts.PARTS",
    "forecast.report_parts.PARTS",
    "reports.own_parts.PARTS",
]
# Papers and pictures that go along with a mail are drawn when it is sent: name -> function of a key,
# giving bytes.
DELIVERY_PAPERS = {
    "quote": "orders.papers.quote",
    "confirmation": "orders.papers.confirmation",
    "invoice": "orders.papers.invoice",
    "weekly": "tracking.words.weekly",
    "report": "reports.words.edition_pdf",
    "report_chart": "reports.words.edition_chart",
    "report_view": "reports.words.view_chart",
}

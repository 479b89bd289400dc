"""/api/ of the records."""

from crm.api import activities, deals, leads, quality, records

routes = [
    *records.routes, *deals.routes, *leads.routes, *activities.routes, *quality.routes,
]  # fmt: skip

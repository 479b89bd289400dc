"""/api/ of the records."""

from crm.api import deals, leads, records

routes = [*records.routes, *deals.routes, *leads.routes]

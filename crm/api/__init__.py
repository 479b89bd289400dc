"""/api/ of the records."""

from crm.api import deals, leads, quality, records

routes = [*records.routes, *deals.routes, *leads.routes, *quality.routes]

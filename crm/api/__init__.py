"""/api/ of the records."""

from crm.api import quality, records

routes = [*records.routes, *quality.routes]

"""/api/ of the records."""

from crm.api import records

routes = [*records.routes]

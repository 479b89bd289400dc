"""What the KPI pages and the API read: facts and rollups, never raw history."""

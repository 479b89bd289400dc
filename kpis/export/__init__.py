"""Facts as a star schema in files, for the company's own reports: docs/star-schema.md."""

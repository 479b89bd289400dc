"""KPI pages: what is asked for, the pages, the downloads, what people say about the figures."""

"""Event logs of other systems: read (XES, CSV, spreadsheets), mapped, checked, brought in; and out."""

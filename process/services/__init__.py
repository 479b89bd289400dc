"""Writing event logs: from files (store), from the journal (following), and what people expect."""

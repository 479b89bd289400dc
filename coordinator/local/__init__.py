"""Everything a machine needs when nothing is configured: a database, a key, and one command that runs it all."""

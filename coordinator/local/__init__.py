"""What a machine needs when nothing is configured: a database, a key, one command to run all."""

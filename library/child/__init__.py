"""Files are opened in a process of their own (library/reading.py starts it), which may fail, hang or
be killed without harm to a worker. Nothing here imports the portal's models or settings."""

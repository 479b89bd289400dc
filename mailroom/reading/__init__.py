"""What a raw mail says: whatever its bytes are, reading it never fails."""

from mailroom.reading.mail import Part, Reading, read, read_again
from mailroom.reading.nature import Kind, Returned

__all__ = ["Kind", "Part", "Reading", "Returned", "read", "read_again"]

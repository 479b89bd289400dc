"""What the pages of follow-ups show."""

"""What the pages of suggestions read."""

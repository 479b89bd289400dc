"""What is said of the days to come, and what it was worth."""

"""Pages of the meeting desk."""

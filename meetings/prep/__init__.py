"""What there is to know before a meeting: its sections, and the paper that they are printed on."""

"""Nouns and rules. No I/O, no async, no clock, no randomness: those come in as arguments."""

"""The way from one schema to the next: one file in `versions/` for each step, written by hand, never edited later."""

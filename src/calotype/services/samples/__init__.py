"""One small picture of each accepted format, for `calotype doctor`."""

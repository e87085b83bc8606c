"""Calotype: a self-hosted image platform. One original, any number of prints."""

__version__ = "0.1.0"

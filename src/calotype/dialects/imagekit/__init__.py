"""ImageKit's public API over the core: its delivery URLs."""

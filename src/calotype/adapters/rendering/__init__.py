"""The render pool: untrusted bytes are decoded here and nowhere else, in processes that can do little harm."""

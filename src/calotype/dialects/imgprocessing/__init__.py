"""IMG Processing's API: every call makes a new image, and the images that are published are everybody's.

Law: it turns the vendor's words into plain data and back, and decides nothing.
"""

from calotype.dialects.imgprocessing import delivery
from calotype.dialects.imgprocessing.api import ON_HOSTS, PREFIX, refusal, routes

__all__ = ["ON_HOSTS", "PREFIX", "delivery", "refusal", "routes"]

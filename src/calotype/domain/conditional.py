"""Conditional requests: whether what the client holds is still what we would send (RFC 9110, section 13)."""

from __future__ import annotations


def etag_matches(if_none_match: bytes, etag: bytes) -> bool:
    """Say whether *etag* (quoted, strong) is named by an `If-None-Match` value.

    The comparison is the weak one, as 13.1.2 demands: a `W/` before a tag is passed over. `*` matches
    whatever exists. Tags have no commas of ours in them, so splitting is exact for every tag that can match.
    """
    if if_none_match == etag:
        return True
    tags = (tag.strip().removeprefix(b"W/") for tag in if_none_match.split(b","))
    return any(tag in (etag, b"*") for tag in tags)

"""Other image servers on the same machine: how each is had, started and asked for a variant.

Law: every peer runs as its own documentation recommends for production, and is measured by the same client, on the
same pictures, at the same sizes. One that cannot be had is named with the reason.
"""

from __future__ import annotations

from bench.peers.imagor import Imagor
from bench.peers.imgproxy import Imgproxy
from bench.peers.ipx import Ipx
from bench.peers.ours import Ours
from bench.peers.peer import Missing, Peer, Shot, Site
from bench.peers.thumbor import Thumbor

PEERS: dict[str, type[Peer]] = {peer.name: peer for peer in (Thumbor, Ipx, Imagor, Imgproxy)}

__all__ = ["PEERS", "Missing", "Ours", "Peer", "Shot", "Site"]

"""Benchmarks: ratios against a bare limit or a peer, measured in one run on one machine.

Law: figures of a shared machine wander, so everything is measured in turns and compared by medians; what is
printed is the ratio, with both figures beside it.
"""

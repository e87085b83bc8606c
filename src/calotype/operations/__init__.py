"""What can be done to pixels: one file for each operation, named in this registry.

From its declaration follow validation, order, digest, JSON schema, the explain line and the docs row.
"""

from calotype.operations.base import Operation, Stage
from calotype.operations.resize import Resize

OPERATIONS: dict[str, type[Operation]] = {operation.tag: operation for operation in (Resize,)}

__all__ = ["OPERATIONS", "Operation", "Resize", "Stage"]

"""What can be done to pixels: one file for each operation, named in this registry.

From its declaration follow validation, order, digest, JSON schema, the explain line and the docs row.
"""

from calotype.operations.base import Operation, Stage
from calotype.operations.crop import Crop
from calotype.operations.effects import EFFECTS
from calotype.operations.embed import Embed
from calotype.operations.extract import Extract
from calotype.operations.layer import Layer
from calotype.operations.pad import Pad
from calotype.operations.resize import Fit, Resize
from calotype.operations.scale import Scale
from calotype.operations.smart_crop import SmartCrop
from calotype.operations.trim import Trim

GEOMETRY: tuple[type[Operation], ...] = (Trim, Extract, Resize, Pad, Crop, Scale, SmartCrop, Embed)

_ALL: tuple[type[Operation], ...] = (*GEOMETRY, *EFFECTS, Layer)

OPERATIONS: dict[str, type[Operation]] = {operation.tag: operation for operation in _ALL}
"""Every operation by its tag, in the order in which those of one stage run."""

for _rank, _operation in enumerate(OPERATIONS.values()):
    _operation.rank = _rank

__all__ = [
    "OPERATIONS", "Crop", "Embed", "Extract", "Fit", "Layer", "Operation", "Pad", "Resize", "Scale", "SmartCrop",
    "Stage", "Trim",
]  # fmt: skip

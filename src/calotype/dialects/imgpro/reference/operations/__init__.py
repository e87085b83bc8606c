"""What each endpoint of the API declares, by the path and the method that `api.PATHS` has it at."""

from __future__ import annotations

from collections.abc import Mapping

from calotype.dialects.imgpro.reference.declaring import Operation
from calotype.dialects.imgpro.reference.operations import account, apps, batches, images, media

OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    **images.OPERATIONS,
    **media.OPERATIONS,
    **batches.OPERATIONS,
    **account.OPERATIONS,
    **apps.OPERATIONS,
}

"""How the errors of days go together, read alone from a kept region model: a plan needs no trees for it."""

from __future__ import annotations

from forecasting.distribution.dependence import Dependence
from forecasting.model.model_files import REGION_MODEL, ModelFormatError, unpack


def kept_dependence(data: bytes) -> Dependence:
    """The dependence alone of a model that `RegionModel.to_bytes` wrote; `Dependence.usual` where it holds none or is
    of another format."""
    try:
        model, _ = unpack(REGION_MODEL, data)
    except ModelFormatError:
        return Dependence.usual()
    return Dependence.from_dict(kept) if (kept := model.get("dependence")) else Dependence.usual()

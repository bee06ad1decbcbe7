"""A trained model as bytes: a zip of JSON and LightGBM's own text, readable by anyone and safe to open."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

FORMAT = 7  # 6: quantiles by trees of their own; 7: features of prices that fall with the price
REGION_MODEL = "region model"  # the kinds of models
WAREHOUSE_MODEL = "warehouse model"
MODEL = "model.json"
EPOCH = (1980, 1, 1, 0, 0, 0)  # zip entries carry a time; a fixed one makes equal models equal bytes


class ModelFormatError(ValueError):
    """The bytes are not a model of this kind and format."""


def pack(kind: str, model: Mapping[str, Any], trees: Mapping[str, str]) -> bytes:
    """JSON-ready values and LightGBM texts by name, as one zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        body = json.dumps({"kind": kind, "format": FORMAT, **model}, sort_keys=True)
        for name, text in {MODEL: body, **{f"{name}.txt": text for name, text in trees.items()}}.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    return buffer.getvalue()


def unpack(kind: str, data: bytes) -> tuple[dict[str, Any], dict[str, str]]:
    """What `pack` was given. Raises `ModelFormatError` for anything else."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            model = json.loads(archive.read(MODEL))
            texts = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".txt")}
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise ModelFormatError(f"not a {kind}: {error}") from error
    if (model.get("kind"), model.get("format")) != (kind, FORMAT):
        raise ModelFormatError(
            f"expected a {kind} of format {FORMAT}, got a {model.get('kind')} of format {model.get('format')}"
        )
    return model, {name.removesuffix(".txt"): text for name, text in texts.items()}

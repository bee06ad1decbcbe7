"""Which products somebody means who types part of a name: of its names in any language, its id or its category's."""

import re
from typing import Any

from sqlalchemy import ColumnElement, func, or_

from data.tables import NameKind, ProductRow
from data.tables.names import has_name_like


def literally(text: str | None) -> str:
    """A text as part of a LIKE pattern in which it stands for itself."""
    return re.sub(r"([/%_])", r"/\1", text or "")


def is_called_like(pattern: Any) -> ColumnElement[bool]:
    """Whether a product's names, id or category are like a pattern in small letters, in which `/` escapes."""
    plain = (ProductRow.plain_name, ProductRow.product_id, ProductRow.category)
    return or_(
        *(func.lower(column).like(pattern, escape="/") for column in plain),
        has_name_like(NameKind.PRODUCTS, ProductRow.product_id, pattern),
        has_name_like(NameKind.CATEGORIES, ProductRow.category, pattern),
    )

"""docs/data-formats.md says what the importers do."""

from pathlib import Path

from data.importers.documented import with_kind_tables
from data.importers.importing import KINDS
from data.tables import Base

PAGE = Path(__file__).parents[3] / "docs" / "data-formats.md"


def test_the_page_has_the_tables_of_the_kinds() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert with_kind_tables(page) == page, f"run: python -m data.importers.documented {PAGE.name}"


def test_what_comes_once_is_a_column_or_a_mark_that_the_import_makes() -> None:
    for kind in KINDS.values():
        names = {column.name for column in kind.columns} | {"day_of_line", "dated"}
        for once in kind.once:
            assert names.issuperset(once.key + once.value), kind.name


def test_optional_columns_of_a_kind_may_be_empty_in_its_table_or_are_filled_in() -> None:
    filled_in = {"known_at", "issued_at", "observed", "low_delay_minutes", "high_delay_minutes", "recovery_margin_c"}
    filled_in |= {
        "quantity_on_hand",
        "counted_at",
        "country",
        "currency",
        "closed",
        "cancelled",
        "routing",
        "raw_meat",
        "pick_face",
    }
    tables = {"orders": "order_lines"}
    for kind in KINDS.values():
        table = Base.metadata.tables.get(tables.get(kind.name, kind.name))
        if table is not None:
            for column in kind.columns:
                if not column.required and column.name not in filled_in:
                    assert table.columns[column.name].nullable, (kind.name, column.name)

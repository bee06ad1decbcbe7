"""The PDF of a purchase order, read back."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from flows.ordering.documents.order_document import OrderDocument, Party
from flows.ordering.documents.pdf import as_pdf
from flows.printing import font


def pages_of(document: OrderDocument) -> list[str]:
    """The text of each page without spaces, as a reader of the file finds it."""
    pages = PdfReader(io.BytesIO(as_pdf(document))).pages
    return ["".join(page.extract_text().split()) for page in pages]


def with_lines(document: OrderDocument, count: int) -> OrderDocument:
    lines = [replace(document.lines[0], line_no=number, product_id=f"P-{number:04}") for number in range(1, count + 1)]
    return replace(document, lines=lines)


def test_an_order_in_chinese_says_who_brings_what_where_and_when(chinese: OrderDocument) -> None:
    [page] = pages_of(chinese)

    for text in (
        *("采购订单", "PO-20261127-014", "鲜到家", "下单日期2026年11月27日星期五", "2026年11月28日星期六05:00–07:30"),
        *("西湖前置仓", "杭州市西湖区文三路478号", "后门", "王芳13805712288", "绿源蔬菜合作社", "李喆", "请用周转筐"),
        *("菠菜", "5公斤", "40公斤", "6.50", "260.00", "1,200个", "0.7125", "12.345公斤", "共3项", "合计¥1,156.11"),
        "第1页，共1页",
    ):
        assert text in page


def test_an_order_in_english_says_the_same_in_english(english: OrderDocument) -> None:
    [page] = pages_of(english)

    for text in (
        *("Purchaseorder", "PO-20261127-014", "OrderdateFriday,27November2026", "Saturday,28November202605:00–07:30"),
        *("Delivertoxihuwarehouse", "478WensanRoad", "SupplierGreenSpring", "Product1", "40kg", "1,200pcs"),
        *("TotalCN¥1,156.11", "Page1of1"),
    ):
        assert text.lower() in page.lower()
    assert page.isascii() or set(filter(lambda c: not c.isascii(), page)) <= {"–", "¥"}


@pytest.mark.parametrize("count", [17, 18, 19, 20, 21, 22, 80])
def test_lines_go_on_under_a_repeated_head_and_the_total_follows_a_line(chinese: OrderDocument, count: int) -> None:
    pages = pages_of(with_lines(chinese, count))

    assert all("商品编号" in page and "PO-20261127-014" in page for page in pages)
    assert all(f"第{number}页，共{len(pages)}页" in page for number, page in enumerate(pages, 1))
    text = "".join(pages)
    assert all(text.count(f"P-{number:04}") == 1 for number in range(1, count + 1))
    assert "合计" in pages[-1]
    assert f"P-{count:04}" in pages[-1]


def test_characters_that_the_font_lacks_are_marked_and_named(chinese: OrderDocument) -> None:
    line = replace(chinese.lines[0], product_name="龘🍅鱼 \u200d朱\u0301")

    [page] = pages_of(replace(chinese, lines=[line]))

    assert "〓〓鱼朱" in page
    assert "〓代替此处无法打印的字：U+9F98,U+1F345" in page


def test_names_are_shown_as_they_are_written_not_read_as_markup(chinese: OrderDocument) -> None:
    name = "<b>&\"'</para>{x}%s"

    [page] = pages_of(replace(chinese, lines=[replace(chinese.lines[0], product_name=name)], note=name))

    assert page.count(name) == 2


def test_a_line_without_a_price_leaves_the_total_open(chinese: OrderDocument) -> None:
    by_hand = replace(chinese.lines[0], unit_price=None, amount=None)

    [page] = pages_of(replace(chinese, lines=[*chinese.lines[1:], by_hand]))

    assert "合计价格另议" in page
    assert "855.00" in page


def test_the_longest_texts_that_are_kept_fit(chinese: OrderDocument) -> None:
    party = Party("界" * 64, "很长" * 500, "W" * 1000, "\n" * 500 + "x" * 500)
    line = replace(chinese.lines[0], product_name="很长" * 500, product_id="W" * 64)

    pages = pages_of(replace(chinese, warehouse=party, supplier=party, shop_name="店" * 200, lines=[line, line]))

    assert "".join(pages).count("很长" * 500) >= 1


def test_the_font_is_in_the_file_and_its_licence_beside_it(chinese: OrderDocument) -> None:
    [page] = PdfReader(io.BytesIO(as_pdf(chinese))).pages

    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    embedded = [font for font in fonts if "/FontDescriptor" in font and "/FontFile2" in font["/FontDescriptor"]]
    assert any("NotoSansSC" in font["/BaseFont"] for font in embedded)
    assert "SIL OPEN FONT LICENSE" in (Path(font.FILE).parent / "OFL.txt").read_text(encoding="utf-8")
    assert font.FILE.stat().st_size < 6_000_000


def test_the_same_order_gives_the_same_file(chinese: OrderDocument) -> None:
    assert as_pdf(chinese) == as_pdf(chinese)

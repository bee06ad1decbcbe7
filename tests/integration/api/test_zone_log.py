"""The log of a zone over HTTP: who may have it, what it is called, and what is refused."""

import httpx
import pytest

from .conftest import Bearer

LOG = "/v1/zones/Z1/log"


@pytest.mark.parametrize(("ending", "begin"), [("pdf", b"%PDF"), ("csv", "\ufeffrecord,id".encode())])
async def test_who_reads_alarms_has_the_log(
    client: httpx.AsyncClient, bearer: Bearer, ending: str, begin: bytes
) -> None:
    answer = await client.get(f"{LOG}.{ending}?from=2026-03-01&until=2026-03-02", headers=bearer("staff"))

    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(begin)
    named = f'attachment; filename="temperature-log-Z1-2026-03-01-2026-03-02.{ending}"'
    assert answer.headers["content-disposition"] == named


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/v1/zones/Z9/log.pdf", 404, "Z9"),
        (f"{LOG}.xml", 422, "file_format"),
        (f"{LOG}.csv?from=2024-01-01", 422, "at most 92"),
        (f"{LOG}.csv?from=2026-04-01&until=2026-04-02", 422, "has not begun"),
        (f"{LOG}.csv?from=1772400000", 422, "a day is written like"),
    ],
)
async def test_what_no_log_is_of_is_a_problem(
    client: httpx.AsyncClient, bearer: Bearer, address: str, status: int, words: str
) -> None:
    answer = await client.get(address, headers=bearer("buyer"))

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.text


async def test_who_may_not_read_alarms_may_not_have_it(client: httpx.AsyncClient, bearer: Bearer) -> None:
    assert (await client.get(f"{LOG}.pdf", headers=bearer("erp"))).status_code == 403
    assert (await client.get(f"{LOG}.pdf")).status_code == 401

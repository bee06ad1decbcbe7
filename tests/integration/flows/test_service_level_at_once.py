"""Two buyers save the service level at the same moment: the second is told of the first, and writes nothing over."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Barrier

from sqlalchemy import Engine

from data.database import reading, writing
from data.frames.purchase_terms import category_terms_known_at
from flows.errors import Outdated
from flows.purchasing.planning.kept_service_level import NewTerms, set_service_level, version_of_service_level
from tests.integration.flows.conftest import NOW


def test_of_two_who_save_at_once_one_is_told_that_the_other_has(shop: Engine) -> None:
    for number in range(10):
        now = NOW + timedelta(minutes=number)
        with reading(shop) as session:
            version = version_of_service_level(session)
        together = Barrier(2)

        def save(
            goodwill: int, now: datetime = now, version: int = version, together: Barrier = together
        ) -> int | None:
            together.wait()
            try:
                with writing(shop) as session:
                    moment = now + timedelta(seconds=goodwill)
                    set_service_level(session, [NewTerms("leaf", Decimal(goodwill))], moment, "Li Na", version)
            except Outdated:
                return None
            return goodwill

        first = 1 + 2 * number  # never what is kept already
        with ThreadPoolExecutor(2) as threads:
            [saved] = [goodwill for goodwill in threads.map(save, (first, first + 1)) if goodwill is not None]
        with reading(shop) as session:
            assert version_of_service_level(session) == version + 1
            assert category_terms_known_at(session, now + timedelta(minutes=1))["leaf"].goodwill == saved

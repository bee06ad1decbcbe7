"""A pool that closes connections also where they come back to it after it was disposed of.

SQLAlchemy's leaves those open until the collector finds them. The watcher disposes of its pool whenever the database
fails, so as to meet a server that came back by new connections only, while its other threads still hold some.
"""

from sqlalchemy.pool import ConnectionPoolEntry, QueuePool


class ClosingPool(QueuePool):
    """QueuePool, but nothing stays open in it once `dispose` was called."""

    _disposed = False

    def dispose(self) -> None:
        """Closes the connections that nobody holds now, and the others when they are given back."""
        self._disposed = True  # first: what is given back from now on closes itself
        super().dispose()

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        if self._disposed:
            super().dispose()

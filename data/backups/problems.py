"""What keeps a backup from being made or restored. Apart from what finds it out, so that the command line can name it
without loading SQLAlchemy."""


class BackupProblem(RuntimeError):
    """A backup that cannot be made, is not whole or does not fit; the message names the remedy. Nothing is half done:
    no file has the backup's name, nothing is in the place that it was to be restored to."""

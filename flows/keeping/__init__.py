"""What keeps an installation: backups, changes of the schema, and what is pruned."""

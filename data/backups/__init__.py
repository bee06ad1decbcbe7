"""A copy of a running database in one file, and a database made from it again."""

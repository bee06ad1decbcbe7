"""What an operator watches: figures of the database and of each process."""

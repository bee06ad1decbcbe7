"""What is older than it is kept, removed in short transactions beside a running service."""

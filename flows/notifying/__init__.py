"""Telling others: the outbox, the webhooks and their deliveries."""

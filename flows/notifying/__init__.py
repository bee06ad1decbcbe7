"""Who is told of what happened: an outbox that the steps write and webhooks that are told from it."""

"""Who is told of what happened: webhooks, and events to be read since a cursor."""

"""What it costs to take readings in, by each way in, beside the bare database."""

"""What the payloads of devices say: our own form, SenML, and others by a mapping."""

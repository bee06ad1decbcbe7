"""What runs for long; the only room that knows MQTT."""

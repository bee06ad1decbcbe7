"""What happens to sensors becomes alarms of zones, which are kept and told."""

"""Whether every zone is kept cold enough: alarms from readings."""

"""Whether the day's plan is there before its first cut-off, and the fallback where it is not."""

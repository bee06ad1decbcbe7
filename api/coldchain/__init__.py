"""Readings, alarms and webhooks over HTTP."""

"""Zones, temperatures and alarms."""

"""Warehouses and products over HTTP."""

"""The day over all warehouses; the only room that imports Prefect."""

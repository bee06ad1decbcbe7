"""The same plan if something happened: what a buyer supposes, beside what must be ordered as things are."""

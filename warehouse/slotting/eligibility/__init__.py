"""Which product may lie in which slot: what each asks of a place, what each place gives, and who may be neighbours."""

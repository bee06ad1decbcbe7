"""The floor of a warehouse and its moves."""

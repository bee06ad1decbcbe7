"""Everything that is kept and can be read: each kind declared once, all read in one way."""

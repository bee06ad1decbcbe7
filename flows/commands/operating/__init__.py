"""Commands of who runs Freshfront: installed, filled, kept, watched."""

"""Commands about what a warehouse holds, where it lies, what it sells and who delivers it."""

"""Which demand models there are: trained, kept, promoted or rejected, and gone back from."""

"""Which product lies in which slot, so that the tours that pickers walk by their routing rule are short."""

"""What goes over the wire, one module an area: pydantic models with an example each."""

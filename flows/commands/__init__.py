"""The commands of `freshfront`, a module an area; each adds its own to the application."""

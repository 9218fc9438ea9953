"""The steps in order: what the modules call. The last room; it may import all the others."""

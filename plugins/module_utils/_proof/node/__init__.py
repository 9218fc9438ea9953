"""A booted node, before there is a cluster on it."""

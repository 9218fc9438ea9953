"""A node's hostile tenants: pods that want more than their share, beside one that keeps time."""

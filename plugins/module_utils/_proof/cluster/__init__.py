"""The cluster in the guest: forming it, asking it, and whether it is well."""

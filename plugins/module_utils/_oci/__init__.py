"""Container images as files: the OCI image layout, written and read."""

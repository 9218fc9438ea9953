"""What the proof runs: programs, the container images and OCI artifacts made of them, a model, a
registry."""

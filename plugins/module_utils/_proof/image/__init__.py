"""The exported files: what they are, and what an image must not hold."""

"""The stages, one file each: a typed function that gives a stage, and what makes its result."""

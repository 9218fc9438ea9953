"""What each engine can do in a pod, cell by cell."""

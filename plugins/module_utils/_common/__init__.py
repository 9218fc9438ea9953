"""What every room may use: errors, the subprocess runner, atomic files, places, progress."""

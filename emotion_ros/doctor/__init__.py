"""What this machine lacks. Nothing here imports a package that could be missing, but in a probe."""

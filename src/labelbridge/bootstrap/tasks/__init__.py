"""What jobs can do: settings, checks and work of each task."""

"""What the docks decide and know, without a window."""

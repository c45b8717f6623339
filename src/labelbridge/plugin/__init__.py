"""The napari plugin: bootstrap, correct, export, without ever losing a stroke."""

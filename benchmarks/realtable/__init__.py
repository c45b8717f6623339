"""What the table of real SEM images is made of: rows, their runs, what is measured of these, tables and pictures."""

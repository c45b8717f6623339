"""SLURM, as a job needs it: its settings and script, its commands, its words about a job, a stay on its computers."""

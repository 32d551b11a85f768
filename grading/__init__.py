"""The engine of the course: release assignments, run submissions in a box, grade and report."""

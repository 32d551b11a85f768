"""Stands in for IPython: what a cell of the book imports from it."""

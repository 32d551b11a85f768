"""Modules of the interpreter in the page; each is found there under its own name."""

"""Python in the page: what `make live` puts beside the book, see chapters/D_run_in_the_page.md.

``worker.js`` runs the interpreter, ``page.js`` and ``editor.js`` the page, and ``guest/`` is what
the interpreter finds in place of Jupyter and of packages that WebAssembly does not have.
"""

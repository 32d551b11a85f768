"""The numbers of the book's drawn figures: handed out by the build's kernels, shown as tables.

``numbers`` is loaded by the kernels, and asks ``reading`` what a figure shows: ``marks`` and
``areas`` read what is drawn, ``names`` and ``words`` what it is called. ``data`` is the Sphinx
extension, and ``tables`` writes for it.
"""

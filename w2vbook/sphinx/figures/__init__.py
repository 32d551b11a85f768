"""The numbers of the book's figures: handed out by the build's kernels, shown as tables.

``numbers`` is loaded by the kernels. It asks ``reading`` what a drawn figure shows (``marks`` and
``areas`` read what is drawn, ``names`` and ``words`` what it is called), and ``opened`` what an
interactive one shows as it opens. ``data`` is the Sphinx extension, and ``tables`` writes for it.
"""

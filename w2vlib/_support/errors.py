"""The library's one exception."""


class W2VError(ValueError):
    """Bad input. The message names what was found, what is needed, and the remedy."""

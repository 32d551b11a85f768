"""The site's Sphinx extensions."""

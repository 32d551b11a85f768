"""Nothing about words: errors, checks of input, files, threads, types."""

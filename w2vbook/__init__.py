"""What this edition of the book needs beside the library: figures, exercises, a course, a site."""

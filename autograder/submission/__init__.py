"""One handed-in notebook: read it, put it in order, find what to run, and tell its author how it will be taken."""

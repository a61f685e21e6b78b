"""Grade a class's submissions, or one answer in a plain Python file."""

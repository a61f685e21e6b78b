"""A lesson's autograder for Gradescope: the archive that is uploaded there, and what runs there for each submission."""

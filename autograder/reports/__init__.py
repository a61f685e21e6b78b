"""What a teacher reads and passes on after grading: the report, exports, pairs of similar submissions."""

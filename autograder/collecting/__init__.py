"""What a class has handed in: who, which file, which attempt, when. Folders and archives of every layout, read only."""

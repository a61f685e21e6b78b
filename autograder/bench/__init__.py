"""How long things take, and how much memory: what learners and teachers wait for, beside what other tools need."""

"""What is wrong with an answer: probes are played on it, and what is seen is compared with what is known."""

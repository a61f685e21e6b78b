"""The probes of each lesson's exercises: inputs to try, no right or wrong code."""

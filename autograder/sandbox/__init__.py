"""Strangers' code in a process of its own, shut in, and the wire on which it is spoken to."""

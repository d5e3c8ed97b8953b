"""Readers of other systems' exports."""

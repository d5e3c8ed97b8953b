"""Inert downloads."""

"""The record: tables, history, queries, commands, importers, exports and migrations."""

"""What ``python -m db`` can do: each act of the command line, and how it is asked for."""

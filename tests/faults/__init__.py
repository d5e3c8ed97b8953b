"""Breaking things on purpose: each fault has a short form in `make test` and a long form by `python -m tests.faults`."""

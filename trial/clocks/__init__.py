"""Days, windows and due dates: the only place where dates are added or subtracted."""

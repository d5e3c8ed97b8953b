"""What is true of a trial without a database or a screen: pure functions of tables."""

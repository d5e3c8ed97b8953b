"""What each released schema left behind: its rows as JSON, from which a database of that release is built again."""

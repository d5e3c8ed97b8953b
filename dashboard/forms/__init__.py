"""The entry forms: each asks for one act, keeps what was typed, and says what was recorded."""

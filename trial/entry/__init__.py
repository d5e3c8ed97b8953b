"""What a person enters: its fields, and the rules that it must satisfy. Pure functions; every fault is named at once."""

"""Dose escalation: one design a file, all answering the same four questions.

`register.DESIGNS` names every design; `state.State` is what a design is told (counts, never subjects);
`outcomes` reads and writes the notation ``1NNN 2NT.50``.
"""

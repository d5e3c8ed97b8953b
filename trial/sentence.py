"""A sentence for a reader that can still be said in another language."""

from typing import Any


class Sentence(str):
    """English text that remembers its template and values, so that the screen can translate it.

    It is an ordinary ``str`` everywhere else. Values may themselves be sentences.
    """

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> "Sentence":
        """Fill ``template`` (str.format names) with ``values``."""
        text = super().__new__(cls, template.format(**values) if values else template)
        text.template = template
        text.values = values
        return text

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.template,), self.values

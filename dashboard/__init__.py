"""The screen: view, access, style, text, pages, charts and parts."""

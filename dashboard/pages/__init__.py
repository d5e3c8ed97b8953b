"""The pages, one a file; dashboard/register.py gives their order, titles and questions."""

"""The page that shows a reviewer what a change does."""

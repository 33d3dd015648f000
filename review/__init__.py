"""`make review`: a page that shows what a change does to every environment."""

"""What an operator runs around a deployment. Everything that talks to AWS from Python is here."""

"""cdktf's successor, with packages of its own."""

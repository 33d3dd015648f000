"""What a scanner says about the synthesized stacks, and which of it is accepted, with its reason."""

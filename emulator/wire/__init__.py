"""AWS's protocols: from an HTTP request to an operation with its parameters, and back to an answer."""

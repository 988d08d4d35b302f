"""What training costs: a bi-level iteration in plain steps, a detector against the machine's limits."""

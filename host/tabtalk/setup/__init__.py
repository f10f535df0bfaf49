"""Set-up: browsers, environment, registration, proof, try-out."""

"""What a chaos run is made of: a script from a seed, the whole host stack for real, a network that misbehaves, a judge."""

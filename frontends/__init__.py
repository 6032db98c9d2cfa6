"""What people and scripts touch: thin layers over the rooms below. No analysis, no SQL, no Cypher."""

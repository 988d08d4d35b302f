"""Error rates of presentation-attack detection after ISO/IEC 30107-3, in NumPy; scores are spoof scores."""

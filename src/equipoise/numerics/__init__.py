"""Arrays in, arrays out: random streams, quadrature, exact distributions. No records, no files."""

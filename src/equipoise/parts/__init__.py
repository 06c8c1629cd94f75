"""The parts a design is made of, one to a file: what each record does when a trial runs."""

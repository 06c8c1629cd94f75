"""One finder a file: the text's sentences in, what it says of one thing out, by offset."""

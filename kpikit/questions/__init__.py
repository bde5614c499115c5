"""One module a question: series or counts in, Answer out."""

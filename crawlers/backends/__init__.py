"""One way of reading a platform per file, behind one interface."""

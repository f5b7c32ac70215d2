"""Word lists of the grammar, one module per use."""

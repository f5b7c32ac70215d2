"""What the product means: frozen values and the ports between the stages. Knows no framework and no store."""

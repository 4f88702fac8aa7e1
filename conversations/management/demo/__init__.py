"""A believable month, for trying the product out: see the command seed_demo."""

"""The Django admin, a folder per thing administered. `registrations` registers them."""

"""Lives of cases, from their first holder on: each class is one kind, told as a script."""

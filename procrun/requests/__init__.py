"""What is asked of a running app over its socket, and how it is carried out."""

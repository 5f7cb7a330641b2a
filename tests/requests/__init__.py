"""What is asked over the socket."""

"""How other processes reach a running app: its folder, its lock, its socket."""

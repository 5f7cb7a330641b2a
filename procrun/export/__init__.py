"""Units for the engines that run an app when it has outgrown one terminal."""

"""Other libraries' functions as claims and graphs: one file a library, loaded when asked for."""

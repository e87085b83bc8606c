"""One file for each technology; it translates its errors at the border."""

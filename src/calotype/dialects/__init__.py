"""One folder for each vendor API: it turns a vendor's words into plain data and back, and decides nothing."""

"""HTTP tools that every dialect shares; they know no vendor."""

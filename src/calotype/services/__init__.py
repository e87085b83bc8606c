"""Verbs: one async function for each thing that anyone can ask for; the core's public face."""

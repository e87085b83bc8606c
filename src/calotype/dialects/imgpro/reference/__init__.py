"""The API told in words: one declaration for each endpoint, and what is generated from them.

Law: nothing is written twice. Fields come from the tables that the readers use, limits from the settings, statuses and
causes from the errors, examples from the code that answers.
"""

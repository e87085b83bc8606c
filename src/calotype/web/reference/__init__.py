"""The reference of an API, made from its OpenAPI document: calls read, a page, a Postman collection, one long text.

Law: it knows documents alone; which API one describes is the business of that API's dialect.
"""

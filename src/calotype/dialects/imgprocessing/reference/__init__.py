"""The reference of IMG Processing's API on this server: OpenAPI 3.1, a page to try it on, a Postman collection."""

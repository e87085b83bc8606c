"""The local disk's tier of delivery."""

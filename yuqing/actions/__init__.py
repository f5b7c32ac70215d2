"""The pages behind the buttons of a message, `/healthz` and `/metrics`: a small ASGI application of `yuqing run`."""

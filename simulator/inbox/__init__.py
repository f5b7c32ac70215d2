"""A local mail inbox: an SMTP server that keeps what it is sent, and a page to read it."""

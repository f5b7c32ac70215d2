"""The page of incidents: what people do about an event, from its first post to the closed file."""

"""Pure parsers: bytes or JSON in, drafts and facts about the page out. No network, no clock, no framework."""
